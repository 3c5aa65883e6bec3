namespace ThemisBridge.Wire.Frames;

/// <summary>What one step brought one generation. Views of the frame, valid as long as it is.</summary>
public readonly ref struct StepRow
{
    /// <summary>Whose row it is.</summary>
    public uint Handle { get; internal init; }

    /// <summary>The new token ids; may be empty.</summary>
    public ReadOnlySpan<int> Ids { get; internal init; }

    /// <summary>The new text, whole UTF-8; may be empty.</summary>
    public ReadOnlySpan<byte> Text { get; internal init; }

    /// <summary>One JSON object, or empty.</summary>
    public ReadOnlySpan<byte> Details { get; internal init; }

    /// <summary>The logarithm of each token's probability; empty when the frame has none.</summary>
    public ReadOnlySpan<float> Logprobs { get; internal init; }

    /// <summary>How many alternatives each token has.</summary>
    public ReadOnlySpan<uint> TopCounts { get; internal init; }

    /// <summary>The alternatives of all tokens, best first.</summary>
    public ReadOnlySpan<int> TopIds { get; internal init; }

    /// <summary>Their logarithms of probability.</summary>
    public ReadOnlySpan<float> TopLogprobs { get; internal init; }

    /// <summary>The credit that it costs.</summary>
    public uint Cost => Math.Max(1, (uint)Ids.Length);
}
