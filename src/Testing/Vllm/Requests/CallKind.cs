namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Which route a generation came over.</summary>
internal enum CallKind
{
    /// <summary><c>/v1/completions</c></summary>
    Completion,

    /// <summary><c>/v1/chat/completions</c></summary>
    Chat,

    /// <summary><c>/inference/v1/generate</c></summary>
    Tokens,
}
