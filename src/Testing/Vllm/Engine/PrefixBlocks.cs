using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>
/// The bookkeeping of vLLM's prefix cache: which blocks of prompts have been seen, by adapter and salt. It tells how
/// much of a prompt vLLM would have found there; the backend behind computes what it computes. Safe for use from many
/// threads.
/// </summary>
internal sealed class PrefixBlocks
{
    // What the recorded CPU build uses.
    private const int BlockTokens = 128;

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);
    private long _queries;
    private long _hits;

    public long Queries => Interlocked.Read(ref _queries);

    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>How many tokens of a prompt were there; its blocks are from now on.</summary>
    /// <param name="prompt">The ids.</param>
    /// <param name="owner">Adapter and salt.</param>
    public int Use(ReadOnlySpan<int> prompt, string owner)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(owner.AsSpan()));
        int cached = 0;
        bool isHit = true;
        // The last token is always computed, so a block that ends with it is never taken.
        for (int end = BlockTokens; end <= prompt.Length; end += BlockTokens)
        {
            hash.AppendData(MemoryMarshal.AsBytes(prompt[(end - BlockTokens)..end]));
            isHit &= !_seen.TryAdd(Convert.ToHexString(hash.GetCurrentHash()), true);
            cached = isHit && end < prompt.Length ? end : cached;
        }

        Interlocked.Add(ref _queries, prompt.Length);
        Interlocked.Add(ref _hits, cached);
        return cached;
    }
}
