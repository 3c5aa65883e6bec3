using System.Buffers;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>The output of some steps of one request, between the decode thread and its reader.</summary>
internal sealed class OutboxPage
{
    /// <summary>The ids; <see cref="Count"/> of them.</summary>
    public int[] Ids { get; } = new int[Outbox.PageTokens];

    /// <summary>How many ids there are.</summary>
    public int Count { get; set; }

    /// <summary>The characters that became ready.</summary>
    public ArrayBufferWriter<char> Text { get; } = new();

    /// <summary>The probabilities, one per id, or null when they are not asked for. The reader keeps the
    /// list.</summary>
    public List<TokenLogprob>? Logprobs { get; set; }

    /// <summary>How the answer ended; null while it goes on.</summary>
    public GenerationEnd? End { get; set; }

    /// <summary>Empties the page for its next use.</summary>
    public void Clear()
    {
        Count = 0;
        Text.ResetWrittenCount();
        Logprobs = null;
        End = null;
    }
}
