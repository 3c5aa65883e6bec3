namespace ThemisBridge.Server.OpenAi;

/// <summary>A request that is refused before it becomes a request to the bridge.</summary>
internal sealed class OpenAiException(OpenAiError error) : Exception(error.Message)
{
    public OpenAiError Error { get; } = error;
}
