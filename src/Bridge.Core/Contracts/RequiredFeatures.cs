using System.Text.Json;

namespace ThemisBridge.Core.Contracts;

/// <summary>Which <see cref="BackendFeatures"/> a request needs, and how to say which of them are missing.</summary>
public static class RequiredFeatures
{
    /// <summary>What a generation needs.</summary>
    /// <param name="request">The request.</param>
    public static BackendFeatures Of(InferenceRequest request) =>
        BackendFeatures.Generate | OfPrompt(request.Prompt) | OfSampling(request.Sampling)
        | OfOutput(request.Output) | OfStructure(request.StructuredOutput)
        | When(request.Adapter is not null, BackendFeatures.Adapters)
        | When(request.Priority != 0, BackendFeatures.Priority)
        | When(request.CachePolicy == CachePolicy.Bypass, BackendFeatures.CacheBypass)
        | When(request.Tenant is not null, BackendFeatures.TenantIsolation);

    /// <summary>What an embedding needs.</summary>
    /// <param name="request">The request.</param>
    public static BackendFeatures Of(EmbeddingRequest request)
    {
        BackendFeatures features = BackendFeatures.Embed
            | When(request.Dimensions is not null, BackendFeatures.EmbeddingDimensions);
        for (int i = 0; i < request.Inputs.Count; i++)
        {
            features |= OfPrompt(request.Inputs[i]);
        }

        return features;
    }

    /// <summary>The missing abilities by name, for a message: <c>grammar, logit_bias</c>.</summary>
    /// <param name="required">What the request needs.</param>
    /// <param name="offered">What the backend has.</param>
    public static string Missing(BackendFeatures required, BackendFeatures offered) =>
        string.Join(", ", (required & ~offered).ToString().Split(", ").Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));

    private static BackendFeatures OfPrompt(Prompt prompt) => prompt switch
    {
        TextPrompt => BackendFeatures.TextPrompt,
        TokenPrompt => BackendFeatures.TokenPrompt,
        ChatPrompt chat => BackendFeatures.RendersChat
            | When(chat.Tools.Count > 0, BackendFeatures.Tools)
            | When(chat.ContinueFinalMessage, BackendFeatures.ContinueFinalMessage),
        _ => BackendFeatures.None,
    };

    private static BackendFeatures OfOutput(OutputParts parts) =>
        When((parts & OutputParts.Text) != 0, BackendFeatures.TextOutput)
        | When((parts & OutputParts.TokenIds) != 0, BackendFeatures.TokenIdOutput)
        | When((parts & OutputParts.PromptTokenIds) != 0, BackendFeatures.PromptTokenIdOutput);

    private static BackendFeatures OfStructure(StructuredOutput? structure) => structure?.Kind switch
    {
        null => BackendFeatures.None,
        StructuredOutputKind.JsonSchema => BackendFeatures.JsonSchema,
        StructuredOutputKind.JsonObject => BackendFeatures.JsonObject,
        StructuredOutputKind.Regex => BackendFeatures.Regex,
        StructuredOutputKind.Choice => BackendFeatures.Choice,
        _ => BackendFeatures.Grammar,
    };

    // A value that switches an option off needs no ability: top_k 0 is right for a backend that has no top_k.
    private static BackendFeatures OfSampling(SamplingOptions options) =>
        When(options.StopTokenIds.Count > 0, BackendFeatures.StopTokenIds)
        | When(options.IgnoreEos, BackendFeatures.IgnoreEos)
        | When(options.MinTokens is > 0, BackendFeatures.MinTokens)
        | When(options.TopK is > 0, BackendFeatures.TopK)
        | When(options.MinP is > 0, BackendFeatures.MinP)
        | When(options.Seed is not null, BackendFeatures.Seed)
        | When(options.FrequencyPenalty is not null and not 0 || options.PresencePenalty is not null and not 0,
            BackendFeatures.Penalties)
        | When(options.RepetitionPenalty is not null and not 1, BackendFeatures.RepetitionPenalty)
        | When(options.LogitBias is { Count: > 0 }, BackendFeatures.LogitBias)
        | When(options.Logprobs is not null, BackendFeatures.Logprobs)
        | When(options.IncludeStopInOutput, BackendFeatures.IncludeStopInOutput)
        | When(!options.SkipSpecialTokens, BackendFeatures.KeepSpecialTokens);

    private static BackendFeatures When(bool needed, BackendFeatures feature) =>
        needed ? feature : BackendFeatures.None;
}
