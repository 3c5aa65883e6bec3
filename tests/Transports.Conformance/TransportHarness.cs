using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Conformance;

/// <summary>
/// A transport under test: a server around an engine, and a backend that reaches it. A transport that speaks somebody
/// else's protocol says here what that cannot carry (a reason to skip) or carries differently (<c>AsSeen</c>,
/// <c>AsTold</c>); what it says is what the tests then expect to the letter.
/// </summary>
public abstract class TransportHarness : IAsyncDisposable
{
    /// <summary>The kind that the backend's descriptor must report.</summary>
    public abstract string Kind { get; }

    /// <summary>How many chunks an engine may be ahead of a reader that does not read, at one token a chunk.</summary>
    public abstract int MostChunksAhead { get; }

    /// <summary>Why the server cannot be drained, or null.</summary>
    public virtual string? CannotDrain => null;

    /// <summary>Why the number of open requests cannot be limited, or null.</summary>
    public virtual string? CannotLimitRequests => null;

    /// <summary>Why a request that a drain does not let finish is not told so, or null.</summary>
    public virtual string? CannotEndDrained => null;

    /// <summary>Why a reader that stops does not hold its engine back, or null.</summary>
    public virtual string? CannotHoldBack => null;

    /// <summary>Why an engine is not told the budgets of its requests, or null.</summary>
    public virtual string? CannotSendBudgets => null;

    /// <summary>Why alternatives are not told by their ids, or null.</summary>
    public virtual string? CannotTellAlternativesById => null;

    /// <summary>What a new request may fail with while the server drains.</summary>
    public virtual IReadOnlyList<BridgeFailure> FailuresInDrain =>
        [BridgeFailure.Draining, BridgeFailure.ConnectionFailed];

    /// <summary>A request as the engine sees it.</summary>
    public virtual InferenceRequest AsSeen(InferenceRequest asked) => asked;

    /// <summary>The start of an answer as the client is told it.</summary>
    /// <param name="asked">The request.</param>
    /// <param name="start">What the engine said.</param>
    public virtual GenerationStart AsTold(InferenceRequest asked, GenerationStart start) => start;

    /// <summary>The usage of an answer as the client is told it.</summary>
    /// <param name="usage">What the engine said.</param>
    /// <param name="prompt">How many ids the prompt had.</param>
    /// <param name="generated">How many ids the answer has.</param>
    public virtual TokenUsage AsTold(TokenUsage usage, int prompt, int generated) => usage;

    /// <summary>A failure of the engine before its first token, as the client is told it.</summary>
    public virtual BridgeException AsTold(BridgeException failure) => failure;

    /// <summary>The engine's health as the client is told it.</summary>
    public virtual BackendHealth AsTold(BackendHealth health) => health;

    /// <summary>The probability of a token as the client is told it.</summary>
    public virtual TokenLogprob AsTold(TokenLogprob logprob) => logprob;

    /// <summary>What the client's descriptor says of the engine's, after a probe.</summary>
    public virtual BackendDescriptor AsTold(BackendDescriptor engine) => engine;

    /// <summary>Ids that take about so many bytes of a message.</summary>
    public virtual int[] IdsOf(int bytes) => new int[bytes / sizeof(int)];

    /// <summary>Why no reasoning and no calls of tools can arrive, or null.</summary>
    public virtual string? CannotGiveDetails => null;

    /// <summary>Why no tools can be asked for, or null.</summary>
    public virtual string? CannotTakeTools => null;

    /// <summary>Why no probabilities of tokens that are known by their text alone can arrive, or null.</summary>
    public virtual string? CannotGiveTextLogprobs => null;

    /// <summary>Serves an engine and gives a backend to it. Once.</summary>
    /// <param name="engine">Who answers.</param>
    /// <param name="maxRequests">How many requests the server lets be open, where it can limit them.</param>
    public abstract Task<IInferenceBackend> ConnectAsync(IInferenceBackend engine, int maxRequests = 1024);

    /// <summary>A backend to an address where nobody listens.</summary>
    public abstract IInferenceBackend ConnectToNobody();

    /// <summary>Ends the server without notice, as a dead process does.</summary>
    public abstract Task KillAsync();

    /// <summary>Starts a server for the same engine at the same address.</summary>
    public abstract Task RestartAsync();

    /// <summary>Shuts the server down in good order.</summary>
    /// <param name="limit">How long running requests may still take.</param>
    public abstract Task DrainAsync(TimeSpan limit);

    /// <summary>Waits until the backend no longer counts a failed connection as too recent to try again.</summary>
    public abstract Task BackoffAsync();

    /// <summary>Has a server that was told what its engine is look again; before the first request.</summary>
    public virtual Task DescribeAnewAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
