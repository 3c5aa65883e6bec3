using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Recorded;

/// <summary>The same for the token endpoint and for everything that is no generation; a class of its own, so that both
/// run side by side.</summary>
public class OtherCutTests
{
    public static TheoryData<string> TokenGenerations =>
    [
        .. RecordedClasses.Clients.Where(exchange => exchange.Path == HttpRoutes.Generate)
            .Select(exchange => exchange.Name),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(TokenGenerations))]
    public async Task Answer_of_the_token_endpoint_is_the_same_however_the_bytes_are_cut(string name)
    {
        RecordedExchange exchange = Recordings.Http[name];
        int[][] cuts = Cuts.Of(exchange);
        int probes = ConformanceTests.Probe.Length;
        using var memory = new InMemoryBackend(connection => connection < probes
            ? (Recordings.Http[ConformanceTests.Probe[connection]].Response, [])
            : (exchange.Response, cuts[connection - probes]));
        await memory.Backend.ProbeAsync(Token);
        bool isStream = exchange.IsStream;
        InferenceRequest request = RecordedTokenRequests.Generation(exchange.RequestBody) with { Stream = isStream };
        Collected whole = await Collected.OfAsync(memory.Backend, request);
        Assert.Equal(exchange.Status == 200, whole.Failure is null);
        for (int i = 1; i < cuts.Length; i++)
        {
            Assert.Equal(whole, await Collected.OfAsync(memory.Backend, request));
        }
    }

    [Theory]
    [MemberData(nameof(ConformanceTests.OtherCallNames), MemberType = typeof(ConformanceTests))]
    public async Task Other_answer_is_the_same_however_the_bytes_are_cut(string name)
    {
        RecordedExchange exchange = Recordings.Http[name];
        int[][] cuts = Cuts.Of(exchange);
        using InMemoryBackend memory = OtherCalls.Start(exchange, cuts);
        string whole = await OtherCalls.OutcomeAsync(memory, exchange, Token);
        for (int i = 1; i < cuts.Length; i++)
        {
            Assert.Equal(whole, await OtherCalls.OutcomeAsync(memory, exchange, Token));
        }
    }
}
