using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Transports.Uds.Tests.Sidecar;

namespace ThemisBridge.Transports.Uds.Tests.SidecarVllm;

/// <summary>
/// Our client and the sidecar that hosts vLLM's AsyncLLM, over the vLLM of the tests, whose core asks the suite's
/// engine. One vLLM either generates or embeds: so there are two sidecars.
/// </summary>
public class SidecarVllmHarness : SidecarHarness
{
    // vLLM tells a failure of its engine by its type alone, and the sidecar's log has the rest.
    private const string LookAtTheLog = "vLLM failed the request. Look at the sidecar's log.";

    private readonly SocketFolder _embeddingFolder = new();
    private SidecarProcess? _embedding;
    private UdsBackend? _embeddingBackend;
    private Task<IInferenceBackend>? _connecting;

    public override string CannotHoldBack =>
        "vLLM's engine waits for no reader: what is not taken is merged in its front end, up to max_tokens.";

    public override string CannotSendBudgets => "AsyncLLM takes no budgets: the sidecar keeps them.";

    public override string CannotTakeTools =>
        "The sidecar does not read calls of tools from vLLM's output, and so refuses tools by name.";

    private protected override string[] Program => ["relay_vllm.py", "--runner", "generate"];

    public override async Task<IInferenceBackend> ConnectAsync(IInferenceBackend engine, int maxRequests = 1024)
    {
        IInferenceBackend generating = await base.ConnectAsync(engine, maxRequests);
        return new TwoServers(generating, () => _connecting ??= ConnectEmbeddingAsync());
    }

    // vLLM is given ids of the sidecar's own, prompts as ids, adapters under a name that is used once, and a limit.
    public override InferenceRequest AsSeen(InferenceRequest asked)
    {
        int[] ids = IdsOf(asked.Prompt);
        return asked with
        {
            RequestId = "themis-1",
            Prompt = new TokenPrompt(ids),
            Adapter = asked.Adapter is null ? null : asked.Adapter + "#1",
            Sampling = asked.Sampling with
            {
                MaxTokens = asked.Sampling.MaxTokens ?? ScriptedEngine.ContextTokens - ids.Length,
            },
            Stream = true,
        };
    }

    // vLLM tells neither a seed nor a prompt: the sidecar says what it gave.
    public override GenerationStart AsTold(InferenceRequest asked, GenerationStart start) => start with
    {
        Seed = asked.Sampling.Seed,
        EngineRequestId = "themis-1",
        PromptTokenIds = IdsOf(asked.Prompt),
    };

    // The sidecar counts by itself.
    public override TokenUsage AsTold(TokenUsage usage, int prompt, int generated) =>
        usage with { PromptTokens = prompt, CompletionTokens = generated };

    // vLLM puts the chosen token among the alternatives always.
    public override TokenLogprob AsTold(TokenLogprob logprob) =>
        logprob.Top.Count > 0 ? logprob : logprob with { Top = [logprob] };

    // What vLLM has an exception for keeps its type; of everything else nothing more is told than that it failed.
    public override BridgeException AsTold(BridgeException failure) => failure.Failure switch
    {
        BridgeFailure.InvalidRequest or BridgeFailure.UnsupportedOption or BridgeFailure.LimitExceeded => Told(
            BridgeFailure.InvalidRequest,
            $"vLLM refused the request: {failure.Message} (parameter={failure.Parameter}, value=None)",
            failure.Parameter),
        BridgeFailure.ContextLengthExceeded => Told(
            failure.Failure,
            $"vLLM refused the prompt: {failure.Message} (parameter=input_tokens, value=None)",
            "prompt"),
        BridgeFailure.UnknownAdapter => Told(
            failure.Failure, "vLLM does not know the adapter. Load it again.", "adapter"),
        BridgeFailure.Busy => new BridgeException(
            failure.Failure, FailureStage.Admit, "vLLM takes no more requests now. Try again later.")
        { RetryAfter = TimeSpan.FromSeconds(1) },
        // It ends what it aborts as an answer.
        BridgeFailure.AbortedByEngine or BridgeFailure.Draining => new BridgeException(
            BridgeFailure.AbortedByEngine, FailureStage.Prefill, "vLLM ended the answer with 'abort'."),
        _ => Told(BridgeFailure.EngineFailed, LookAtTheLog, null),
    };

    // vLLM says nothing of itself: it answers a question in time or it does not. The load is the sidecar's own count.
    public override BackendHealth AsTold(BackendHealth health) => new(
        health.IsHealthy,
        health.IsHealthy ? "vLLM 0.32.0, themis-sidecar 1.0" : "vLLM has not answered a question for 5 s.")
    { Running = 0, Waiting = 0 };

    // All but what the engine would have to do with calls of tools, and vectors, which the other sidecar makes.
    public override BackendDescriptor AsTold(BackendDescriptor engine) => engine with
    {
        Capabilities = engine.Capabilities with
        {
            Features = engine.Capabilities.Features & ~(BackendFeatures.Tools | BackendFeatures.AppliesModelDefaults
                | BackendFeatures.Embed | BackendFeatures.EmbeddingDimensions),
        },
    };

    public override async ValueTask DisposeAsync()
    {
        await (_embeddingBackend?.DisposeAsync() ?? default);
        await (_embedding?.DisposeAsync() ?? default);
        _embeddingFolder.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private static BridgeException Told(BridgeFailure failure, string message, string? parameter) =>
        new(failure, FailureStage.Admit, message) { Parameter = parameter };

    private async Task<IInferenceBackend> ConnectEmbeddingAsync()
    {
        _embedding = await StartAsync(_embeddingFolder.Path, ["relay_vllm.py", "--runner", "pooling"]);
        return _embeddingBackend = Backends.To(_embeddingFolder.Path, upgrades: Upgrades);
    }

    // The tokenizer of the tests has a token for each character, and a template of one line a message.
    private static int[] IdsOf(Prompt prompt) => prompt switch
    {
        TokenPrompt tokens => tokens.TokenIds.ToArray(),
        TextPrompt text => [.. text.Text.EnumerateRunes().Select(rune => rune.Value)],
        ChatPrompt chat => IdsOf(new TextPrompt(string.Concat(chat.Messages.Select(
            message => $"{message.Role} {message.Name}: {message.Content}\n")) + "assistant: ")),
        _ => throw new InvalidOperationException("No other prompt is asked for."),
    };
}
