namespace ThemisBridge.Core.Contracts;

/// <summary>The ways an answer can be complete. An abort or an error is a failure, never a finish reason.</summary>
public enum FinishReason
{
    /// <summary>An end token, a stop token or a stop string.</summary>
    Stop,

    /// <summary>The token limit, or the end of the context.</summary>
    Length,

    /// <summary>The model calls functions.</summary>
    ToolCalls,

    /// <summary>The engine saw that the model repeats itself (vLLM's repetition detection).</summary>
    Repetition,
}
