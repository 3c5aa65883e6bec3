using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>A model's own values for options that a request leaves out.</summary>
public sealed record DefaultsContent
{
    /// <summary>max_tokens.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>min_tokens.</summary>
    public int? MinTokens { get; init; }

    /// <summary>temperature.</summary>
    public double? Temperature { get; init; }

    /// <summary>top_p.</summary>
    public double? TopP { get; init; }

    /// <summary>top_k.</summary>
    public int? TopK { get; init; }

    /// <summary>min_p.</summary>
    public double? MinP { get; init; }

    /// <summary>frequency_penalty.</summary>
    public double? FrequencyPenalty { get; init; }

    /// <summary>presence_penalty.</summary>
    public double? PresencePenalty { get; init; }

    /// <summary>repetition_penalty.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>For the wire.</summary>
    /// <param name="sampling">The values.</param>
    public static DefaultsContent Of(SamplingOptions sampling) => new()
    {
        MaxTokens = sampling.MaxTokens,
        MinTokens = sampling.MinTokens,
        Temperature = sampling.Temperature,
        TopP = sampling.TopP,
        TopK = sampling.TopK,
        MinP = sampling.MinP,
        FrequencyPenalty = sampling.FrequencyPenalty,
        PresencePenalty = sampling.PresencePenalty,
        RepetitionPenalty = sampling.RepetitionPenalty,
    };

    /// <summary>From the wire.</summary>
    public SamplingOptions ToSampling() => new()
    {
        MaxTokens = MaxTokens,
        MinTokens = MinTokens,
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK,
        MinP = MinP,
        FrequencyPenalty = FrequencyPenalty,
        PresencePenalty = PresencePenalty,
        RepetitionPenalty = RepetitionPenalty,
    };
}
