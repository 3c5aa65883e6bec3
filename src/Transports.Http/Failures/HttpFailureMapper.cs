using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;

namespace ThemisBridge.Transports.Http.Failures;

/// <summary>
/// Turns what HTTP, the platform and servers say into <see cref="BridgeException"/>: the one place where it happens.
/// Texts of servers are looked at only where status and type do not tell two causes apart.
/// </summary>
internal static class HttpFailureMapper
{
    private const int MaxMessageLength = 500;

    // vLLM 0.32 in a drain: a renderer's closed thread pool, told as an ordinary internal error.
    private const string DrainMessage = "cannot schedule new futures after shutdown";

    /// <summary>A response with an error status, or an error object in place of output.</summary>
    /// <param name="error">What the server said.</param>
    /// <param name="stage">How far the request had come.</param>
    /// <param name="context">Whose request it was.</param>
    public static BridgeException FromServer(ServerError error, FailureStage stage, FailureContext context)
    {
        BridgeFailure failure = Classify(error, context);
        return new BridgeException(failure, stage, Describe(failure, error, context))
        {
            Backend = context.Backend,
            OutputCommitted = context.OutputCommitted,
            Parameter = ParameterOf(error),
            RetryAfter = context.RetryAfter,
        };
    }

    /// <summary>A connection that could not be made or used, or that broke.</summary>
    /// <param name="exception">What the platform threw.</param>
    /// <param name="stage">How far the request had come.</param>
    /// <param name="context">Whose request it was.</param>
    public static BridgeException FromTransport(Exception exception, FailureStage stage, FailureContext context)
    {
        BridgeFailure failure = exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse
                or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.HttpProtocolError } =>
                BridgeFailure.ProtocolViolation,
            HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => BridgeFailure.ProtocolViolation,
            JsonException => BridgeFailure.ProtocolViolation,
            _ => stage == FailureStage.Connect ? BridgeFailure.ConnectionFailed : BridgeFailure.ConnectionLost,
        };
        return Make(failure, stage, failure switch
        {
            BridgeFailure.ConnectionFailed => ReasonOf(exception) + " Check the engine's address and that it runs.",
            BridgeFailure.ConnectionLost =>
                "The connection broke before the answer was complete. Send the request again.",
            _ => "The server sent something that is no valid answer. Check that the address is that of an engine.",
        }, context, exception);
    }

    /// <summary>An answer that is not what its protocol allows.</summary>
    public static BridgeException Violation(
        string what, FailureStage stage, FailureContext context, Exception? inner = null) =>
        Make(BridgeFailure.ProtocolViolation, stage,
            what + " Check that the address is that of an engine.", context, inner);

    /// <summary>A time budget ran out.</summary>
    public static BridgeException Expired(string budget, TimeSpan limit, FailureStage stage, FailureContext context) =>
        Make(BridgeFailure.DeadlineExceeded, stage,
            $"The {budget} budget of {limit.TotalSeconds:0.###} s ran out. Raise it, or look at the engine's load.",
            context);

    /// <summary>Any other failure of this backend.</summary>
    public static BridgeException Make(
        BridgeFailure failure, FailureStage stage, string message, FailureContext context, Exception? inner = null) =>
        new(failure, stage, message, inner)
        {
            Backend = context.Backend,
            OutputCommitted = context.OutputCommitted,
        };

    private static BridgeFailure Classify(ServerError error, FailureContext context) => error.Status switch
    {
        (int)HttpStatusCode.Unauthorized => BridgeFailure.Unauthorized,
        (int)HttpStatusCode.Forbidden when Says(error, "--enable-") => BridgeFailure.UnsupportedOption,
        (int)HttpStatusCode.Forbidden => BridgeFailure.Unauthorized,
        (int)HttpStatusCode.NotFound when error.IsAboutRoute => BridgeFailure.UnsupportedOption,
        (int)HttpStatusCode.NotFound =>
            context.HasAdapter ? BridgeFailure.UnknownAdapter : BridgeFailure.UnknownModel,
        (int)HttpStatusCode.MethodNotAllowed or (int)HttpStatusCode.NotImplemented => BridgeFailure.UnsupportedOption,
        (int)HttpStatusCode.RequestEntityTooLarge => BridgeFailure.LimitExceeded,
        (int)HttpStatusCode.TooManyRequests => BridgeFailure.Busy,
        (int)HttpStatusCode.ServiceUnavailable => IsDrain(error) ? BridgeFailure.Draining : BridgeFailure.Busy,
        >= 500 => IsDrain(error) ? BridgeFailure.Draining : BridgeFailure.EngineFailed,
        >= 400 => ClassifyRefusal(error),
        not (null or (int)HttpStatusCode.OK) => BridgeFailure.ProtocolViolation,
        // An error object inside a 200 without a code of its own.
        _ => IsDrain(error) ? BridgeFailure.Draining : BridgeFailure.EngineFailed,
    };

    private static BridgeFailure ClassifyRefusal(ServerError error)
    {
        if (error.Param is "input_tokens" or "input_text" || error.Type == "context_length_exceeded"
            || Says(error, "maximum context length") || Says(error, "maximum model length")
            || Says(error, "max_model_len") || Says(error, "max_tokens must be at least 1, got 0"))
        {
            return BridgeFailure.ContextLengthExceeded;
        }

        if (error is { IsAboutRoute: true, Message: "" })
        {
            // Without a JSON body it was the server's HTTP parser, or something that is no engine.
            return BridgeFailure.ProtocolViolation;
        }

        bool lacksSupport = Says(error, "requires --") || Says(error, "require VLLM_")
            || Says(error, "does not support") || Says(error, "not supported") || Says(error, "is not a multimodal model");
        return lacksSupport ? BridgeFailure.UnsupportedOption : BridgeFailure.InvalidRequest;
    }

    private static bool IsDrain(ServerError error) =>
        Says(error, DrainMessage) || Says(error, "draining") || Says(error, "shutting down")
        || string.Equals(error.Type, "draining", StringComparison.OrdinalIgnoreCase);

    private static bool Says(ServerError error, string text) =>
        error.Message.Contains(text, StringComparison.OrdinalIgnoreCase);

    // Schema errors name the field as "body.max_tokens" and repeat the caller's input in their text.
    private static string? ParameterOf(ServerError error) =>
        error.Param?.StartsWith("body.", StringComparison.Ordinal) == true ? error.Param[5..] : error.Param;

    private static string Describe(BridgeFailure failure, ServerError error, FailureContext context)
    {
        string said = error.Message.Contains("validation error", StringComparison.Ordinal)
            ? $"its field '{ParameterOf(error)}' is not as the server expects it"
            : error.Message.Length > MaxMessageLength ? error.Message[..MaxMessageLength] : error.Message;
        string because = said.Length == 0 ? $"HTTP status {error.Status}" : said;
        return failure switch
        {
            BridgeFailure.Unauthorized => "The server refused the API key, or wants one. Set ApiKeyFile.",
            BridgeFailure.UnsupportedOption when error.IsAboutRoute => $"The server has no {context.Route}.",
            BridgeFailure.Busy => $"The engine is busy: {because}",
            BridgeFailure.Draining => "The engine is shutting down and takes no new requests.",
            BridgeFailure.EngineFailed => $"The engine failed: {because}",
            BridgeFailure.ProtocolViolation when error.Status is >= 300 and < 400 =>
                $"The server answered with the redirect status {error.Status}, which is not followed. "
                + "Configure the address that it leads to.",
            BridgeFailure.ProtocolViolation =>
                $"The server answered with status {error.Status} and no JSON. "
                + "Check that the address is that of an engine.",
            _ => $"The server refused the request: {because}",
        };
    }

    // The platform's own message holds the address.
    private static string ReasonOf(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case SocketException socket:
                    return $"No connection could be made ({socket.SocketErrorCode}).";
                case System.Security.Authentication.AuthenticationException:
                    return "The TLS handshake failed: the server's certificate, or this client's, was not accepted.";
            }
        }

        return exception is HttpRequestException http
            ? $"No connection could be made ({http.HttpRequestError})."
            : "No connection could be made.";
    }
}
