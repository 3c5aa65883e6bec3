using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http;

/// <summary>What each kind of server can do.</summary>
internal static class HttpFeatures
{
    private const BackendFeatures OpenAI = BackendFeatures.Generate | BackendFeatures.TextPrompt
        | BackendFeatures.TokenPrompt | BackendFeatures.RendersChat | BackendFeatures.TextOutput
        | BackendFeatures.AppliesModelDefaults | BackendFeatures.Seed | BackendFeatures.Penalties
        | BackendFeatures.LogitBias | BackendFeatures.Logprobs | BackendFeatures.JsonSchema
        | BackendFeatures.JsonObject | BackendFeatures.Tools | BackendFeatures.Embed
        | BackendFeatures.EmbeddingDimensions;

    private const BackendFeatures Vllm = OpenAI | BackendFeatures.TokenIdOutput
        | BackendFeatures.PromptTokenIdOutput | BackendFeatures.StopTokenIds | BackendFeatures.IgnoreEos
        | BackendFeatures.MinTokens | BackendFeatures.TopK | BackendFeatures.MinP | BackendFeatures.RepetitionPenalty
        | BackendFeatures.IncludeStopInOutput | BackendFeatures.KeepSpecialTokens | BackendFeatures.Regex
        | BackendFeatures.Choice | BackendFeatures.Grammar | BackendFeatures.Adapters | BackendFeatures.CacheBypass
        | BackendFeatures.TenantIsolation | BackendFeatures.ContinueFinalMessage | BackendFeatures.Tokenize;

    /// <summary>The features of a server before it has been asked.</summary>
    public static BackendFeatures Of(HttpBackendOptions options) =>
        options.Server == HttpServerKind.Vllm ? Vllm : OpenAI;
}
