using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Layout;

/// <summary><see cref="BackendFeatures"/> on the wire. The place in the table is the bit and never changes.</summary>
public static class CapabilityBits
{
    /// <summary>The features by bit.</summary>
    internal static readonly BackendFeatures[] Table =
    [
        BackendFeatures.Generate, BackendFeatures.TextPrompt, BackendFeatures.TokenPrompt, BackendFeatures.RendersChat,
        BackendFeatures.TextOutput, BackendFeatures.TokenIdOutput, BackendFeatures.PromptTokenIdOutput,
        BackendFeatures.AppliesModelDefaults, BackendFeatures.StopTokenIds, BackendFeatures.IgnoreEos,
        BackendFeatures.MinTokens, BackendFeatures.TopK, BackendFeatures.MinP, BackendFeatures.Seed,
        BackendFeatures.Penalties, BackendFeatures.RepetitionPenalty, BackendFeatures.LogitBias,
        BackendFeatures.Logprobs, BackendFeatures.IncludeStopInOutput, BackendFeatures.KeepSpecialTokens,
        BackendFeatures.JsonSchema, BackendFeatures.JsonObject, BackendFeatures.Regex, BackendFeatures.Choice,
        BackendFeatures.Grammar, BackendFeatures.Tools, BackendFeatures.Adapters, BackendFeatures.Priority,
        BackendFeatures.CacheBypass, BackendFeatures.TenantIsolation, BackendFeatures.ContinueFinalMessage,
        BackendFeatures.Embed, BackendFeatures.EmbeddingDimensions, BackendFeatures.Tokenize,
    ];

    /// <summary>The bits of features; one without a bit is left out.</summary>
    /// <param name="features">The features.</param>
    public static ulong Of(BackendFeatures features)
    {
        ulong bits = 0;
        for (int bit = 0; bit < Table.Length; bit++)
        {
            bits |= (features & Table[bit]) != 0 ? 1UL << bit : 0;
        }

        return bits;
    }

    /// <summary>The features of bits; a bit of a later version is passed over.</summary>
    /// <param name="bits">The bits.</param>
    public static BackendFeatures ToFeatures(ulong bits)
    {
        BackendFeatures features = BackendFeatures.None;
        for (int bit = 0; bit < Table.Length; bit++)
        {
            features |= (bits >> bit & 1) != 0 ? Table[bit] : BackendFeatures.None;
        }

        return features;
    }
}
