using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>Chat through whatever template the model's file carries.</summary>
public sealed class ChatTemplateTests
{
    private const string Key = "tokenizer.chat_template";
    private const string Role = "message['role']";

    private static readonly ChatPrompt Hello = new([new PromptMessage("user", "Hi")]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("message.role[0]", "<|im_start|>u\nHi<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("bos_token      ", "")]
    [InlineData("strftime_now(3)", "")]
    public async Task Template_of_the_file_is_what_renders(string expression, string rendered)
    {
        using TinyFile file = new();
        file.ReplaceText(Key, Role, expression);
        await using NativeBackend backend = Create(file);

        if (rendered.Length == 0)
        {
            BridgeException error = await Assert.ThrowsAsync<BridgeException>(() => TokenizeAsync(backend, Hello));
            Assert.Equal((BridgeFailure.InvalidRequest, "messages"), (error.Failure, error.Parameter));
            Assert.Contains("chat template", error.Message, StringComparison.Ordinal);
            return;
        }

        TokenizeResult result = await TokenizeAsync(backend, Hello);
        Assert.Equal(rendered, await TextOfAsync(backend, result));
    }

    [Fact]
    public async Task Control_token_that_only_a_variable_wrote_counts_and_the_same_from_a_user_does_not()
    {
        using TinyFile file = new();
        file.ReplaceText(Key, Role, "eos_token      ");
        await using NativeBackend backend = Create(file);

        TokenizeResult result = await TokenizeAsync(
            backend, new ChatPrompt([new PromptMessage("user", "<|im_end|>")]));

        // One from the variable, one from the template; the user's own is text.
        Assert.Equal(2, result.TokenIds.ToArray().Count(id => id == 2));
        Assert.Contains("<|im_end|>\n<|im_end|><|im_end|>", await TextOfAsync(backend, result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Special_tokens_can_be_put_around_a_conversation_when_asked()
    {
        using TinyFile file = new();
        await using NativeBackend backend = Create(file);
        Prompt text = new TextPrompt("Hi");

        int chat = (await TokenizeAsync(backend, Hello)).TokenIds.Length;
        int chatAround = (await TokenizeAsync(backend, Hello, around: true)).TokenIds.Length;
        int plain = (await TokenizeAsync(backend, text, around: false)).TokenIds.Length;
        int plainAround = (await TokenizeAsync(backend, text, around: true)).TokenIds.Length;

        Assert.Equal(plainAround - plain, chatAround - chat);
    }

    [Fact]
    public async Task Broken_template_refuses_chat_by_name_and_takes_text()
    {
        using TinyFile file = new();
        file.ReplaceText(Key, "endfor", "endfur");
        await using NativeBackend backend = Create(file);
        InferenceRequest request = Requests.Ask(Question.First) with { Model = "x" };

        BridgeException error = await Assert.ThrowsAsync<BridgeException>(() => backend.CompleteAsync(request, Stop));
        InferenceResult answer = await backend.CompleteAsync(
            request with { Prompt = new TokenPrompt(Question.First.PromptTokenIds) }, Stop);

        Assert.Equal((BridgeFailure.UnsupportedOption, "messages"), (error.Failure, error.Parameter));
        Assert.Contains("chat template, line ", error.Message, StringComparison.Ordinal);
        Assert.Equal(Question.First.English, answer.Text);
    }

    private static NativeBackend Create(TinyFile file) =>
        TinyEngine.Create(options => options.Models["x"] = new() { Path = file.Path, Threads = 1 });

    private static Task<TokenizeResult> TokenizeAsync(NativeBackend backend, Prompt prompt, bool? around = null) =>
        backend.TokenizeAsync(
            new TokenizeRequest { Model = "x", Prompt = prompt, AddSpecialTokens = around }, Stop);

    private static Task<string> TextOfAsync(NativeBackend backend, TokenizeResult result) => backend.DetokenizeAsync(
        new DetokenizeRequest { Model = "x", TokenIds = result.TokenIds, SkipSpecialTokens = false }, Stop);
}
