using System.Collections.Concurrent;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>What the metrics count. Safe for use from many threads.</summary>
internal sealed class Counters
{
    private readonly ConcurrentDictionary<string, long> _finished = new(StringComparer.Ordinal);
    private long _promptTokens;
    private long _generatedTokens;

    public long PromptTokens => Interlocked.Read(ref _promptTokens);

    public long GeneratedTokens => Interlocked.Read(ref _generatedTokens);

    /// <summary>Finished sequences by reason; what a client left is not among them, as in vLLM.</summary>
    public long Finished(string reason) => _finished.GetValueOrDefault(reason);

    public void AddPrompt(int tokens) => Interlocked.Add(ref _promptTokens, tokens);

    public void AddGenerated(int tokens) => Interlocked.Add(ref _generatedTokens, tokens);

    public void AddFinished(string reason) => _finished.AddOrUpdate(reason, 1, static (_, count) => count + 1);
}
