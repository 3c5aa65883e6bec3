namespace ThemisBridge.Testing.Vllm.Wire;

/// <summary>An error as vLLM tells it.</summary>
internal sealed class VllmError : Exception
{
    public VllmError(int status, string type, string message, string? param = null)
        : base(message)
    {
        Status = status;
        Type = type;
        Param = param;
    }

    public int Status { get; }

    /// <summary>The class name of the Python front end.</summary>
    public string Type { get; }

    public string? Param { get; }

    /// <summary>Whether it is the engine's failure, and no answer of the front end.</summary>
    public bool IsOfEngine { get; private init; }

    /// <summary>The string that the Rust front end gives as <c>code</c>.</summary>
    public string RustCode { get; init; } = "invalid_request_error";

    /// <summary>A value that vLLM refuses.</summary>
    public static VllmError BadRequest(string message, string? param = null) =>
        new(400, "BadRequestError", message, param);

    /// <summary>A parameter that vLLM refuses, told with its name and value.</summary>
    public static VllmError BadValue(string message, string param, string value) =>
        BadRequest($"{message} (parameter={param}, value={value})", param);

    public static VllmError NotFound(
        string message, string? param = null, string rustCode = "invalid_request_error") =>
        new(404, "NotFoundError", message, param) { RustCode = rustCode };

    /// <summary>The engine is dead, or died under the request.</summary>
    public static VllmError EngineDead() => new(500, "InternalServerError",
        "EngineCore encountered an issue. See stack trace (above) for the root cause.")
    { IsOfEngine = true };

    /// <summary>The queue is full.</summary>
    public static VllmError Busy() => new(503, "Service Unavailable",
        "The engine is currently busy and cannot accept new requests. Please try again later or on a different "
        + "instance.");

    /// <summary>A scale-out route on a server that was started without it.</summary>
    public static VllmError ScaleOutDisabled() => new(403, "PermissionDeniedError",
        "Scale-out endpoints are disabled. Restart vllm serve with --enable-scale-out to enable them.")
    { RustCode = "403" };

    public byte[] ToBody(VllmDialect dialect)
    {
        JsonLine line = new JsonLine().Open().Name("error").Open().Field("message", Message);
        return (dialect == VllmDialect.Rust
            ? line.Field("type", Status == 403 ? Type : "invalid_request_error").Field("param", Param)
                .Field("code", RustCode)
            : line.Field("type", Type).Field("param", Param).Field("code", Status)).Close().Close().ToBytes();
    }

    /// <summary>The event in a stream that has begun; its JSON has spaces.</summary>
    public string ToEvent()
    {
        string Quoted(string? text) => new JsonLine().Value(text).ToString();
        return $"{{\"error\": {{\"message\": {Quoted(Message)}, \"type\": {Quoted(Type)}, "
            + $"\"param\": {Quoted(Param)}, \"code\": {Status}}}}}";
    }
}
