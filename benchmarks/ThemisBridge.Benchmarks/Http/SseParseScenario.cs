using ThemisBridge.Benchmarks.Ratio;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Benchmarks.Http;

/// <summary>H2: events with text and ids, against a naive reader; at least twice as fast.</summary>
internal sealed class SseParseScenario : IRatioScenario
{
    private const int Repeats = 10;
    private readonly byte[] _bytes = SseContent.Create();

    public string Name => "sse-parse";

    public double Limit => 0.5;

    public Task SetUpAsync() => Task.CompletedTask;

    public Task<long> BaselineAsync() => RepeatAsync(NaiveSseReader.ReadAsync);

    public Task<long> CandidateAsync() =>
        RepeatAsync(stream => BridgeSseReader.ReadAsync(stream, OutputParts.Text | OutputParts.TokenIds));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<long> RepeatAsync(Func<Stream, Task<long>> read)
    {
        long sum = 0;
        for (int i = 0; i < Repeats; i++)
        {
            using var stream = new MemoryStream(_bytes);
            sum += await read(stream);
        }

        return sum;
    }
}
