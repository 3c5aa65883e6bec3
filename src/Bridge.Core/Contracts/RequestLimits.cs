namespace ThemisBridge.Core.Contracts;

/// <summary>Limits that hold for every request, whatever the engine.</summary>
public static class RequestLimits
{
    /// <summary>The longest request id.</summary>
    public const int MaxRequestIdLength = 128;

    /// <summary>The longest tenant name: vLLM's own limit of a cache salt.</summary>
    public const int MaxTenantLength = 128;

    /// <summary>The most stop strings. vLLM 0.32 refuses a fifth.</summary>
    public const int MaxStopStrings = 4;

    /// <summary>The longest stop string in UTF-16 units; the cutter holds back that much text less one.</summary>
    public const int MaxStopStringLength = 1024;

    /// <summary>The most alternatives per token: vLLM's default <c>--max-logprobs</c>.</summary>
    public const int MaxLogprobs = 20;

    /// <summary>The most entries of a logit bias.</summary>
    public const int MaxLogitBiasEntries = 1024;

    /// <summary>The most inputs of one embedding request: OpenAI's own limit.</summary>
    public const int MaxEmbeddingInputs = 2048;

    /// <summary>The largest request or message in bytes, one number for all listeners and transports.</summary>
    public const int MaxMessageBytes = 32 * 1024 * 1024;
}
