namespace ThemisBridge.Core.Telemetry;

/// <summary>
/// Every name that ThemisBridge measures or traces under. <c>gen_ai.*</c> are OpenTelemetry's semantic conventions for
/// generative AI; <c>themis_bridge.*</c> are our own. Durations are in seconds.
/// </summary>
public static class TelemetryNames
{
    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/> and the
    /// <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string Source = "ThemisBridge";

    /// <summary>Histogram, s: a whole operation.</summary>
    public const string OperationDuration = "gen_ai.client.operation.duration";

    /// <summary>Histogram, s: to the first chunk of an answer.</summary>
    public const string TimeToFirstChunk = "gen_ai.client.operation.time_to_first_chunk";

    /// <summary>Histogram, {token}: tokens of one operation.</summary>
    public const string TokenUsage = "gen_ai.client.token.usage";

    /// <summary>Counter, {attempt}: tries of requests on engines.</summary>
    public const string Attempts = "themis_bridge.attempts";

    /// <summary>Up-down counter, {request}: requests that run now.</summary>
    public const string ActiveRequests = "themis_bridge.active_requests";

    /// <summary>Tag: <see cref="Chat"/>, <see cref="TextCompletion"/>, <see cref="Embeddings"/> and so on.</summary>
    public const string OperationName = "gen_ai.operation.name";

    /// <summary>Tag: the public model name; only names that have a route, so its values are bounded.</summary>
    public const string RequestModel = "gen_ai.request.model";

    /// <summary>Tag: who provides; always <c>themis_bridge</c>.</summary>
    public const string ProviderName = "gen_ai.provider.name";

    /// <summary>Tag: <c>input</c> or <c>output</c>.</summary>
    public const string TokenType = "gen_ai.token.type";

    /// <summary>Tag: the <see cref="Failures.BridgeFailure"/>, or <c>cancelled</c>; absent on success.</summary>
    public const string ErrorType = "error.type";

    /// <summary>Span attribute: finish reasons of the answer.</summary>
    public const string FinishReasons = "gen_ai.response.finish_reasons";

    /// <summary>Span attribute: tokens of the prompt.</summary>
    public const string InputTokens = "gen_ai.usage.input_tokens";

    /// <summary>Span attribute: generated tokens.</summary>
    public const string OutputTokens = "gen_ai.usage.output_tokens";

    /// <summary>Tag: the engine's configured name.</summary>
    public const string Engine = "themis_bridge.engine";

    /// <summary>Tag: the kind of transport.</summary>
    public const string Transport = "themis_bridge.transport";

    /// <summary>Span attribute: the attempt id.</summary>
    public const string AttemptId = "themis_bridge.attempt.id";

    /// <summary>The provider.</summary>
    public const string Provider = "themis_bridge";

    /// <summary>Operation: chat.</summary>
    public const string Chat = "chat";

    /// <summary>Operation: generation from text or ids.</summary>
    public const string TextCompletion = "text_completion";

    /// <summary>Operation: embeddings.</summary>
    public const string Embeddings = "embeddings";

    /// <summary>Operation: text to ids.</summary>
    public const string Tokenize = "tokenize";

    /// <summary>Operation: ids to text.</summary>
    public const string Detokenize = "detokenize";
}
