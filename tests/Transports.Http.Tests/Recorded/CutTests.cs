using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Recorded;

/// <summary>However a network cuts a recorded response, the answer is the same.</summary>
public class CutTests
{
    private const int EveryByteUpTo = 16 * 1024;
    private const int SeededCuts = 500;

    public static TheoryData<string> Generations =>
    [
        .. Recordings.Http.Where(exchange => exchange.Method == "POST" && exchange.Response.Length > 0
            && exchange.End == RecordedEnd.ServerClosed
            && exchange.Path is HttpRoutes.Completions or HttpRoutes.Chat
            && !exchange.Name.StartsWith("A-wire-keepalive", StringComparison.Ordinal))
            .Select(exchange => exchange.Name),
    ];

    [Theory]
    [MemberData(nameof(Generations))]
    public async Task Answer_is_the_same_however_the_bytes_are_cut(string name)
    {
        RecordedExchange exchange = Recordings.Http[name];
        int length = exchange.Response.Length;
        int[][] cuts = [[], [.. Enumerable.Range(1, length)], .. SingleCuts(length)];
        using var memory = new InMemoryBackend(connection => (exchange.Response, cuts[connection]));
        Collected whole = await AskAsync(memory, exchange);
        for (int i = 1; i < cuts.Length; i++)
        {
            Assert.Equal(whole, await AskAsync(memory, exchange));
        }
    }

    private static IEnumerable<int[]> SingleCuts(int length)
    {
        var random = new Random(length);
        return length <= EveryByteUpTo
            ? Enumerable.Range(1, length - 1).Select(at => new[] { at })
            : Enumerable.Range(0, SeededCuts).Select(_ => new[] { random.Next(1, length) });
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
