using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Recorded;

/// <summary>However a network cuts a recorded response, the answer is the same.</summary>
public class CutTests
{
    public static TheoryData<string> Generations => Of(HttpRoutes.Completions);

    [Theory]
    [MemberData(nameof(Generations))]
    public Task Completion_is_the_same_however_the_bytes_are_cut(string name) => CheckAsync(name);

    /// <summary>The recorded exchanges of a route that have an answer.</summary>
    internal static TheoryData<string> Of(string route) =>
    [
        .. Recordings.Http.Where(exchange => exchange.Method == "POST" && exchange.Response.Length > 0
            && exchange.Path == route && !exchange.Name.StartsWith("A-wire-keepalive", StringComparison.Ordinal))
            .Select(exchange => exchange.Name),
    ];

    internal static async Task CheckAsync(string name)
    {
        RecordedExchange exchange = Recordings.Http[name];
        int[][] cuts = Cuts.Of(exchange);
        using var memory = new InMemoryBackend(connection => (exchange.Response, cuts[connection]));
        Collected whole = await AskAsync(memory, exchange);
        for (int i = 1; i < cuts.Length; i++)
        {
            Assert.Equal(whole, await AskAsync(memory, exchange));
        }
    }

    private static Task<Collected> AskAsync(InMemoryBackend memory, RecordedExchange exchange)
    {
        bool hasIds = exchange.Response.Span.IndexOf("token_ids\":["u8) >= 0;
        bool hasLogprobs = exchange.Name.Contains("logprobs", StringComparison.Ordinal);
        return Collected.OfAsync(memory.Backend, new InferenceRequest
        {
            Model = "themis-tiny",
            Prompt = new TokenPrompt(new[] { 1 }),
            Sampling = new SamplingOptions { MaxTokens = 4, Logprobs = hasLogprobs ? 3 : null },
            Stream = exchange.IsStream,
            Output = OutputParts.Text | (hasIds ? OutputParts.TokenIds : OutputParts.None),
        });
    }
}
