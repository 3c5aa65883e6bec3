using ThemisBridge.Testing.Recordings;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>The ways in which a recorded response is cut.</summary>
internal static class Cuts
{
    private const int EveryByteUpTo = 16 * 1024;
    private const int SeededCuts = 500;

    private static readonly HashSet<string> Clients = [.. RecordedClasses.Clients.Select(exchange => exchange.Name)];

    /// <summary>Not at all, into single bytes, and once at every byte; where it is long, or no answer to a request of
    /// ours, at 500 seeded ones.</summary>
    public static int[][] Of(RecordedExchange exchange)
    {
        int length = exchange.Response.Length;
        var random = new Random(length);
        IEnumerable<int> single = length <= EveryByteUpTo && Clients.Contains(exchange.Name)
            ? Enumerable.Range(1, length - 1)
            : Enumerable.Range(0, SeededCuts).Select(_ => random.Next(1, length));
        return [[], [.. Enumerable.Range(1, length)], .. single.Select(at => new[] { at })];
    }
}
