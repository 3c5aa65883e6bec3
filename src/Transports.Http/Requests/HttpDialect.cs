namespace ThemisBridge.Transports.Http.Requests;

/// <summary>How a server spells what servers spell differently.</summary>
/// <param name="Server">What kind it is.</param>
/// <param name="Version">vLLM's version; null when it is not known.</param>
internal readonly record struct HttpDialect(HttpServerKind Server, Version? Version)
{
    private static readonly Version V0110 = new(0, 11);

    /// <summary>The configured tokens per event, or null.</summary>
    public int? StreamInterval { get; init; }

    /// <summary>Whether usage is asked for in every event.</summary>
    public bool ContinuousUsage { get; init; }

    /// <summary>Whether structured output is spelt <c>guided_json</c> and the like; 0.11 brought
    /// <c>structured_outputs</c>, 0.12 took the old names away.</summary>
    public bool SpellsGuided => Version is not null && Version < V0110;

    /// <summary>Whether it is certain that <c>structured_outputs</c> is not ignored.</summary>
    public bool HasStructuredOutputs => Version is not null && Version >= V0110;

    /// <summary>How a server with these facts spells.</summary>
    public static HttpDialect Of(HttpBackendOptions options, ServerFacts facts)
    {
        HttpServerKind kind = KindOf(options, facts);
        bool isVllm = kind == HttpServerKind.Vllm;
        return new HttpDialect(kind, isVllm ? facts.Version : null)
        {
            StreamInterval = isVllm ? options.StreamInterval : null,
            ContinuousUsage = isVllm && options.ContinuousUsage,
        };
    }

    /// <summary>What the server understands: what was configured, or less where it turned out to be another.</summary>
    public static HttpServerKind KindOf(HttpBackendOptions options, ServerFacts facts) =>
        facts.Kind == HttpServerKind.OpenAI ? HttpServerKind.OpenAI : options.Server;
}
