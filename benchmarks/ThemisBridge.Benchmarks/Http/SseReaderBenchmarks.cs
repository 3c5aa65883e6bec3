using BenchmarkDotNet.Attributes;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Benchmarks.Http;

/// <summary>Reading a stream of 2,000 events with one token each.</summary>
[MemoryDiagnoser]
public class SseReaderBenchmarks
{
    private readonly byte[] _bytes = SseContent.Create();

    [Benchmark(Baseline = true, OperationsPerInvoke = SseContent.Tokens)]
    public Task<long> Naive() => NaiveSseReader.ReadAsync(new MemoryStream(_bytes));

    [Benchmark(OperationsPerInvoke = SseContent.Tokens)]
    public Task<long> TextAndIds() =>
        BridgeSseReader.ReadAsync(new MemoryStream(_bytes), OutputParts.Text | OutputParts.TokenIds);

    [Benchmark(OperationsPerInvoke = SseContent.Tokens)]
    public Task<long> IdsAlone() => BridgeSseReader.ReadAsync(new MemoryStream(_bytes), OutputParts.TokenIds);
}
