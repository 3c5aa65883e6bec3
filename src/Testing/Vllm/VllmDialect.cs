namespace ThemisBridge.Testing.Vllm;

/// <summary>Which of vLLM's two HTTP front ends a <see cref="VllmDouble"/> behaves like.</summary>
public enum VllmDialect
{
    /// <summary>The front end of <c>vllm serve</c> as recorded on 0.32.0.</summary>
    Python,

    /// <summary>
    /// The Rust front end (<c>VLLM_USE_RUST_FRONTEND=1</c>) as recorded on 0.32.0: error codes are strings, nulls are
    /// left out of streams, a finish reason comes in an event of its own, prompts are single, and many routes are
    /// missing.
    /// </summary>
    Rust,
}
