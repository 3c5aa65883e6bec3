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

    /// <summary>libllama lets the control tokens of a model of this name take the blanks behind them.</summary>
    [Fact]
    public async Task Blanks_that_a_control_token_takes_are_left_out_as_in_the_engine()
    {
        const string text = "<|im_start|>user\n \n Hi \n<|im_end|>\n<|im_start|>assistant\n";
        ChatPrompt chat = new([new PromptMessage("user", " \n Hi \n")]);
        using TinyFile plain = new();
        using TinyFile stripping = new();
        stripping.ReplaceText("general.name", "themis-tiny", "phi-3-tiny ")
            .RenameToken("VCC", "<s>").RenameToken("Wert", "</s>").RenameToken("Hello", "<unk>"); // It asks for these.
        await using NativeBackend backend = TinyEngine.Create(options =>
        {
            options.Models["x"] = new() { Path = plain.Path, Threads = 1 };
            options.Models["y"] = new() { Path = stripping.Path, Threads = 1 };
        });

        foreach (string model in (string[])["x", "y"])
        {
            TokenizeRequest request = new() { Model = model, Prompt = chat, AddSpecialTokens = false };
            TokenizeResult ours = await backend.TokenizeAsync(request, Stop);
            TokenizeResult theirs = await backend.TokenizeAsync(request with { Prompt = new TextPrompt(text) }, Stop);

            Assert.Equal(theirs.TokenIds.ToArray(), ours.TokenIds.ToArray());
            Assert.Equal(model == "x", await TextOfAsync(backend, ours) == text);
        }
    }

    [Fact]
    public async Task Content_that_the_template_leaves_out_does_not_count()
    {
        using TinyFile file = new();
        file.ReplaceText(Key, "message['content']", "message['role']   ");
        await using NativeBackend backend = Create(file);
        InferenceRequest request = Requests.Ask(Question.First) with
        {
            Model = "x",
            Prompt = new ChatPrompt([new PromptMessage("user", new string('x', 1_000_000))]),
        };

        InferenceResult answer = await backend.CompleteAsync(request, Stop);

        Assert.NotEmpty(answer.TokenIds);
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
