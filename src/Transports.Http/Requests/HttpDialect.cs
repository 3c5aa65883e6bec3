namespace ThemisBridge.Transports.Http.Requests;

/// <summary>How a server spells what servers spell differently.</summary>
/// <param name="Server">What kind it is.</param>
/// <param name="SpellsGuided">Whether structured output is spelt as before vLLM 0.11.</param>
/// <param name="StreamInterval">The configured tokens per event, or null.</param>
internal readonly record struct HttpDialect(HttpServerKind Server, bool SpellsGuided, int? StreamInterval)
{
    /// <summary>How a server with these facts spells.</summary>
    public static HttpDialect Of(HttpBackendOptions options, ServerFacts facts) => new(
        options.Server, facts.SpellsGuided, options.Server == HttpServerKind.Vllm ? options.StreamInterval : null);
}
