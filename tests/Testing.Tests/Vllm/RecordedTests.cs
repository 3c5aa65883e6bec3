using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>Every recorded exchange of the classes <c>client</c> and <c>double</c>: the double answers it with the same
/// status, headers, members and error texts.</summary>
public sealed class RecordedTests(TinyEngine tiny)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Answered in a state of its own: see RecordedLifeTests and QueueTests.
    public static TheoryData<string> Exchanges =>
        [.. RecordedNames.All.Where(name => !IsElsewhere(name))];

    [Theory]
    [MemberData(nameof(Exchanges))]
    public async Task Exchange_is_answered_in_the_recorded_shape(string name)
    {
        RecordedExchange exchange = RecordedNames.Set[name];
        IInferenceBackend backend = RecordedScript.Has(exchange) ? RecordedScript.Of(exchange) : tiny.Backend;
        await using VllmDouble server = VllmDouble.Start(backend, RecordedServers.Of(name));

        RawAnswer answer = await RawClient.AskAsync(server, exchange.Request, Token);

        var recorded = new RawAnswer(exchange.Response.Span);
        Assert.Equal(recorded.Status, answer.Status);
        Assert.Equal(recorded.HeaderShape, answer.HeaderShape);
        Assert.Equal(JsonShape.Of(recorded), JsonShape.Of(answer));
    }

    internal static bool IsElsewhere(string name) =>
        name.StartsWith("life-", StringComparison.Ordinal) || name.StartsWith("F-abort-victim", StringComparison.Ordinal)
        || name.StartsWith("Q-overflow", StringComparison.Ordinal)
        || name.Contains("metrics-", StringComparison.Ordinal)
        || name is "D-disconnect-stream" or "H-keepalive-comments" or "B-open-metrics";
}
