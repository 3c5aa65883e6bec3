using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

/// <summary>All prompts and answers that were checked in transformers, vLLM and llama.cpp, both ways.</summary>
public sealed class ThemisTinyTests
{
    [Fact]
    public async Task Prompts_and_answers_have_the_expected_ids_and_back()
    {
        var cancel = TestContext.Current.CancellationToken;
        var tokenizer = await LoadedTokenizers.GetAsync("themis-tiny");
        var vocabulary = tokenizer.Vocabulary;
        await using var file = File.OpenRead(Repository.File("models", "themis-tiny", "expected.json"));
        using var expected = await JsonDocument.ParseAsync(file, cancellationToken: cancel);
        var count = 0;
        foreach (var entry in expected.RootElement.EnumerateArray())
        {
            var question = entry.GetProperty("question").GetString()!;
            var chat = new ChatPrompt([new PromptMessage("user", question)]);
            var prompt = Ids(entry, "prompt_token_ids");
            Assert.Equal(prompt, tokenizer.Encode(chat));
            Assert.Equal(tokenizer.Render(chat).Value, vocabulary.Decode(prompt, skipSpecialTokens: false));
            foreach (var language in new[] { "english", "german" })
            {
                var answer = entry.GetProperty(language).GetString()!;
                var ids = Ids(entry, language + "_ids");
                Assert.Equal(answer, vocabulary.Decode(ids, skipSpecialTokens: true));
                Assert.Equal(ids[..^1], vocabulary.Encode(TracedText.Untrusted(answer), addSpecialTokens: true));
                Assert.Contains(ids[^1], tokenizer.EndTokenIds);
            }

            count++;
        }

        Assert.Equal(50, count);
    }

    private static int[] Ids(JsonElement entry, string name) => entry.GetProperty(name).Deserialize<int[]>()!;
}
