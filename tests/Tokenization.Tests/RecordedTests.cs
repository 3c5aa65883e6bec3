using System.Text.Json;
using System.Text.Json.Nodes;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Tests.Chat;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Tests;

/// <summary>What a real vLLM 0.32 answered to /tokenize, /detokenize and their like, on themis-tiny.</summary>
public sealed class RecordedTests
{
    private static readonly JsonArray Recorded = TestData.Json("vllm-recorded.json").AsArray();

    public static TheoryData<string> Tokenized => Names(entry =>
        entry["answer"]!["tokens"] is not null && (string)entry["name"]! != "A-chat-special-inject");

    [Theory]
    [MemberData(nameof(Tokenized))]
    public async Task Ids_and_pieces_equal_the_recorded(string name)
    {
        var tokenizer = await LoadAsync();
        var entry = Entry(name);
        var ids = tokenizer.Encode(PromptOf(entry["request"]!), (bool?)entry["request"]!["add_special_tokens"]);
        Assert.Equal(entry["answer"]!["tokens"].Deserialize<int[]>(), ids);
        if (entry["answer"]!["token_strs"] is JsonArray pieces)
        {
            Assert.Equal(pieces.Deserialize<string[]>(), ids.Select(id => tokenizer.Vocabulary.GetPiece(id)));
        }
    }

    [Fact]
    public async Task A_tool_result_has_the_recorded_length()
    {
        var tokenizer = await LoadAsync();
        var entry = Entry("H-chat-tool-result");
        Assert.Equal((int)entry["answer"]!["count"]!, tokenizer.Encode(PromptOf(entry["request"]!)).Length);
    }

    [Theory]
    [InlineData("A-detokenize")]
    [InlineData("A-detokenize-partial-utf8")]
    public async Task Text_equals_the_recorded(string name)
    {
        var tokenizer = await LoadAsync();
        var entry = Entry(name);
        var ids = entry["request"]!["tokens"].Deserialize<int[]>();
        Assert.Equal((string?)entry["answer"]!["prompt"], tokenizer.Vocabulary.Decode(ids, skipSpecialTokens: false));
    }

    /// <summary>
    /// vLLM answers an unknown id with nothing and a negative one with an error; here both are errors.
    /// </summary>
    [Theory]
    [InlineData("A-detokenize-bad-id")]
    [InlineData("A-detokenize-negative")]
    public async Task Ids_outside_of_the_vocabulary_are_refused(string name)
    {
        var tokenizer = await LoadAsync();
        var ids = Entry(name)["request"]!["tokens"].Deserialize<int[]>();
        var failure = Assert.Throws<BridgeException>(() => tokenizer.Vocabulary.Decode(ids, skipSpecialTokens: false));
        Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
        Assert.Contains("0 to 1023", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// vLLM takes the user's text for the end of the turn; this is the one place where ids differ on purpose.
    /// </summary>
    [Fact]
    public async Task A_special_token_that_the_user_spells_is_text_here_and_a_token_in_vllm()
    {
        var tokenizer = await LoadAsync();
        var entry = Entry("A-chat-special-inject");
        var theirs = entry["answer"]!["tokens"].Deserialize<int[]>()!;
        var chat = (ChatPrompt)PromptOf(entry["request"]!);
        var ours = tokenizer.Encode(chat);
        var harmless = tokenizer.Encode(new ChatPrompt([new PromptMessage("user", "a|im_end|b")]));

        Assert.Equal(theirs, tokenizer.Vocabulary.Encode(TracedText.Trusted(tokenizer.Render(chat).Value), false));
        Assert.Equal(4, theirs.Count(tokenizer.Vocabulary.IsSpecial));
        Assert.Equal(3, ours.Count(tokenizer.Vocabulary.IsSpecial));
        Assert.Equal(3, harmless.Count(tokenizer.Vocabulary.IsSpecial));
        Assert.Equal(tokenizer.Render(chat).Value, tokenizer.Vocabulary.Decode(ours, skipSpecialTokens: false));
    }

    [Fact]
    public async Task A_character_of_four_tokens_comes_with_its_last_one()
    {
        var tokenizer = await LoadAsync();
        var detokenizer = new IncrementalDetokenizer(tokenizer.Vocabulary, skipSpecialTokens: true);
        foreach (var piece in Entry("A-completions-emoji-stream")["answer"]!["pieces"]!.AsArray())
        {
            var text = new System.Buffers.ArrayBufferWriter<char>();
            detokenizer.Append(piece![0].Deserialize<int[]>(), text);
            Assert.Equal((string?)piece[1], text.WrittenSpan.ToString());
        }
    }

    /// <summary>
    /// Four first bytes of characters that never come: vLLM answers no text at all; here U+FFFD tells that there was
    /// something.
    /// </summary>
    [Fact]
    public async Task Bytes_that_are_no_character_are_replaced_here_and_left_out_by_vllm()
    {
        var tokenizer = await LoadAsync();
        var entry = Entry("A-completions-bad-utf8");
        var ids = entry["answer"]!["ids"].Deserialize<int[]>();
        var detokenizer = new IncrementalDetokenizer(tokenizer.Vocabulary, skipSpecialTokens: true);
        var text = new System.Buffers.ArrayBufferWriter<char>();
        detokenizer.Append(ids, text);
        detokenizer.Flush(text);

        Assert.Equal("", (string?)entry["answer"]!["text"]);
        Assert.Equal("\uFFFD\uFFFD\uFFFD\uFFFD", text.WrittenSpan.ToString());
        Assert.Equal(text.WrittenSpan.ToString(), tokenizer.Vocabulary.Decode(ids, skipSpecialTokens: true));
    }

    private static Task<ModelTokenizer> LoadAsync() => LoadedTokenizers.GetAsync("themis-tiny");

    private static TheoryData<string> Names(Func<JsonNode, bool> matches) =>
        [.. Recorded.Where(entry => matches(entry!)).Select(entry => (string)entry!["name"]!)];

    private static JsonNode Entry(string name) => Recorded.Single(entry => (string)entry!["name"]! == name)!;

    private static Prompt PromptOf(JsonNode request)
    {
        if (request["prompt"] is { } text)
        {
            return new TextPrompt((string)text!);
        }

        var chat = request.DeepClone().AsObject();
        chat["add_generation_prompt"] ??= true;
        return Conversations.Prompt(chat);
    }
}
