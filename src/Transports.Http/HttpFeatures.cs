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

    // return_token_ids came with 0.10.2; cache_salt is not sent where its presence is not certain, since a server that
    // ignores it mixes tenants silently.
    private const BackendFeatures Since0102 = BackendFeatures.TokenIdOutput | BackendFeatures.PromptTokenIdOutput
        | BackendFeatures.CacheBypass | BackendFeatures.TenantIsolation;

    // What a server without a version might ignore silently: the salt, and structures that only vLLM's field can say.
    private const BackendFeatures NeedsVersion = BackendFeatures.CacheBypass | BackendFeatures.TenantIsolation
        | BackendFeatures.Regex | BackendFeatures.Choice | BackendFeatures.Grammar;

    // What an answer itself gives away: one without the ids that were asked for is refused.
    private const BackendFeatures Noticed = BackendFeatures.TokenIdOutput | BackendFeatures.PromptTokenIdOutput;

    private static readonly Version V0102 = new(0, 10, 2);

    /// <summary>Whether a server that is no vLLM would leave out something of a request without a word.</summary>
    /// <param name="required">What the request needs.</param>
    public static bool MightBeIgnored(BackendFeatures required) => (required & ~(OpenAI | Noticed)) != 0;

    /// <summary>The features of a server, as far as it is known.</summary>
    public static BackendFeatures Of(HttpBackendOptions options, ServerFacts? facts)
    {
        if (options.Server != HttpServerKind.Vllm || facts?.Kind == HttpServerKind.OpenAI)
        {
            return OpenAI;
        }

        BackendFeatures priority = options.PriorityScheduling ? BackendFeatures.Priority : BackendFeatures.None;
        BackendFeatures features = Vllm | priority;
        if (facts?.IsRust == true)
        {
            features &= ~(BackendFeatures.Embed | BackendFeatures.EmbeddingDimensions);
        }

        return facts switch
        {
            // Not asked yet: requests that depend on the version ask first.
            null => features,
            { Version: null } => features & ~NeedsVersion,
            { Version: { } version } => version < V0102 ? features & ~Since0102 : features,
        };
    }
}
