namespace ThemisBridge.Transports.Http;

/// <summary>What a server understands beside OpenAI's own fields.</summary>
public enum HttpServerKind
{
    /// <summary>
    /// vLLM, or another ThemisBridge: token ids in and out, vLLM's sampling options, structured outputs, adapters by
    /// name, <c>/tokenize</c> and <c>/detokenize</c>.
    /// </summary>
    Vllm,

    /// <summary>
    /// Any OpenAI-compatible server: OpenAI's fields alone are sent, and every other option of a request is refused by
    /// name, because such a server would ignore it silently.
    /// </summary>
    OpenAI,
}
