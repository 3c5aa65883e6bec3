namespace ThemisBridge.Core.Contracts;

/// <summary>
/// The values of options that nobody gave, for backends that do not know the model's own
/// (<see cref="BackendFeatures.AppliesModelDefaults"/> absent): the model's <c>generation_config</c>, else this table.
/// Each of vLLM's doors has other defaults, so they are resolved once, here.
/// </summary>
public static class SamplingDefaults
{
    /// <summary>
    /// The table: temperature 1, top_p 1, top_k off, min_p 0, penalties off. <c>MaxTokens</c> stays null, which is the
    /// rest of the context: only the engine knows how long the prompt is. <c>Seed</c> stays null: a fresh one.
    /// </summary>
    public static SamplingOptions Table { get; } = new()
    {
        MinTokens = 0,
        Temperature = 1,
        TopP = 1,
        TopK = 0,
        MinP = 0,
        FrequencyPenalty = 0,
        PresencePenalty = 0,
        RepetitionPenalty = 1,
    };

    /// <summary>The options with nothing but <c>MaxTokens</c>, <c>Seed</c>, <c>LogitBias</c> and <c>Logprobs</c> left
    /// out.</summary>
    /// <param name="options">What the caller gave.</param>
    /// <param name="model">The model's generation defaults, or null.</param>
    public static SamplingOptions Resolve(SamplingOptions options, SamplingOptions? model) => options with
    {
        MaxTokens = options.MaxTokens ?? model?.MaxTokens,
        MinTokens = options.MinTokens ?? model?.MinTokens ?? Table.MinTokens,
        Temperature = options.Temperature ?? model?.Temperature ?? Table.Temperature,
        TopP = options.TopP ?? model?.TopP ?? Table.TopP,
        TopK = options.TopK ?? model?.TopK ?? Table.TopK,
        MinP = options.MinP ?? model?.MinP ?? Table.MinP,
        FrequencyPenalty = options.FrequencyPenalty ?? model?.FrequencyPenalty ?? Table.FrequencyPenalty,
        PresencePenalty = options.PresencePenalty ?? model?.PresencePenalty ?? Table.PresencePenalty,
        RepetitionPenalty = options.RepetitionPenalty ?? model?.RepetitionPenalty ?? Table.RepetitionPenalty,
    };
}
