namespace ThemisBridge.Transports.Http;

/// <summary>The routes that are asked, relative to the server's root.</summary>
internal static class HttpRoutes
{
    public const string Completions = "/v1/completions";
    public const string Chat = "/v1/chat/completions";
    public const string Generate = "/inference/v1/generate";
    public const string Abort = "/inference/v1/abort_requests";
    public const string Embeddings = "/v1/embeddings";
    public const string Models = "/v1/models";
    public const string Tokenize = "/tokenize";
    public const string Detokenize = "/detokenize";
    public const string LoadAdapter = "/v1/load_lora_adapter";
    public const string UnloadAdapter = "/v1/unload_lora_adapter";
    public const string Health = "/health";
    public const string Ping = "/ping";
    public const string Version = "/version";
    public const string Metrics = "/metrics";
}
