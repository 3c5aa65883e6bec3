using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Layout;

/// <summary>Why a request ended: <see cref="FinishReason"/> on the wire.</summary>
public enum FinishCode : byte
{
    /// <summary>It was no generation.</summary>
    None = 0,

    /// <summary><see cref="FinishReason.Stop"/>.</summary>
    Stop = 1,

    /// <summary><see cref="FinishReason.Length"/>.</summary>
    Length = 2,

    /// <summary><see cref="FinishReason.ToolCalls"/>.</summary>
    ToolCalls = 3,

    /// <summary><see cref="FinishReason.Repetition"/>.</summary>
    Repetition = 4,
}
