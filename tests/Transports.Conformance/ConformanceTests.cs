using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>The base of all conformance classes: a harness, an engine to script, and short words for both.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class ConformanceTests<THarness> : IAsyncLifetime
    where THarness : TransportHarness, new()
{
    private IInferenceBackend? _backend;

    /// <summary>How long anything here may take before it counts as hung.</summary>
    protected static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Ends with the test.</summary>
    protected static CancellationToken Ending => TestContext.Current.CancellationToken;

    protected THarness Harness { get; } = new();

    protected ScriptedEngine Engine { get; } = new();

    /// <summary>The backend over the transport.</summary>
    protected IInferenceBackend Backend => _backend!;

    protected virtual int MaxRequests => 1024;

    public virtual async ValueTask InitializeAsync() => _backend = await Harness.ConnectAsync(Engine, MaxRequests);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Harness.DisposeAsync();
    }

    /// <summary>A small generation.</summary>
    protected static InferenceRequest Request(params int[] ids) => new()
    {
        Model = "m",
        Prompt = new TokenPrompt(ids.Length == 0 ? [1, 2, 3] : ids),
        Output = OutputParts.Text | OutputParts.TokenIds,
        RequestId = "conformance-1",
    };

    /// <summary>Reads a whole answer.</summary>
    protected static async Task<InferenceResult> CompleteAsync(IInferenceBackend backend, InferenceRequest request)
    {
        var answer = new AnswerBuilder();
        await foreach (InferenceChunk chunk in backend.GenerateAsync(request, Ending).WithCancellation(Ending))
        {
            answer.Add(chunk);
        }

        return answer.Build("test");
    }

    /// <summary>What a whole answer fails with.</summary>
    protected static async Task<BridgeException> FailureOf(IInferenceBackend backend, InferenceRequest request) =>
        await Assert.ThrowsAsync<BridgeException>(() => CompleteAsync(backend, request).WaitAsync(Patience, Ending));
}
