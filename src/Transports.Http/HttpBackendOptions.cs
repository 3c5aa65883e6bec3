namespace ThemisBridge.Transports.Http;

/// <summary>
/// How one engine is reached over HTTP: the section <c>Engines:{name}:Http</c>. It holds for all HTTP addresses of the
/// engine's ladder.
/// </summary>
public sealed class HttpBackendOptions
{
    /// <summary>What the server understands. Default: <see cref="HttpServerKind.Vllm"/>.</summary>
    public HttpServerKind Server { get; set; } = HttpServerKind.Vllm;

    /// <summary>
    /// The key sent as <c>Authorization: Bearer …</c>; null for none. Never logged. Better kept in
    /// <see cref="ApiKeyFile"/>.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>A file whose first line is the key; read once at the start. Not together with
    /// <see cref="ApiKey"/>.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>
    /// More headers for every request, by name. Values may be secrets and are never logged. Those that describe the
    /// body or the connection, <c>X-Request-Id</c> and <c>traceparent</c> are the transport's own;
    /// <c>Authorization</c> only without a key.
    /// </summary>
    public IDictionary<string, string> Headers { get; } =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// A PEM file with the authorities that the server's certificate must lead to, in place of the system's; or null.
    /// Revocation is not checked then.
    /// </summary>
    public string? CaFile { get; set; }

    /// <summary>A PEM file with the certificate that this client shows, first, with its key unless
    /// <see cref="ClientKeyFile"/> holds it, and the certificates between it and the root; or null.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>A PEM file with the key of <see cref="ClientCertificateFile"/>; or null.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>
    /// Whether the server runs with <c>--scheduling-policy priority</c>. Default: false, and then requests with a
    /// priority are refused, because vLLM would ignore it silently.
    /// </summary>
    public bool PriorityScheduling { get; set; }

    /// <summary>
    /// Tokens per event of a stream (vLLM's <c>stream_interval</c>), at least 1: fewer, larger events cost the server
    /// less and arrive later. It can only raise the server's own. Null leaves it to the server.
    /// </summary>
    public int? StreamInterval { get; set; }

    /// <summary>
    /// Whether a stream is asked for its usage in every event (vLLM's <c>continuous_usage_stats</c>), for engines whose
    /// streams are often left early. Default: false, usage comes once at the end, because it makes events longer.
    /// </summary>
    public bool ContinuousUsage { get; set; }

    /// <summary>
    /// How long an unused connection is kept. Default: 4 seconds, because vLLM closes it after 5 without notice.
    /// </summary>
    public TimeSpan IdleConnectionLifetime { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// To make a connection, TLS included, for a request that brings no connect budget. Default: 2 seconds.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>For a probe as a whole. Default: 5 seconds.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For a call that is no generation (embedding, tokenize, detokenize) and brings no total budget. Default: 1
    /// minute.
    /// </summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The longest event of a stream in bytes, 1 KiB to 32 MiB; a longer one is a protocol violation. Default: 8 MiB,
    /// which holds the ids of a prompt of a million tokens.
    /// </summary>
    public int MaxEventBytes { get; set; } = 8 * 1024 * 1024;
}
