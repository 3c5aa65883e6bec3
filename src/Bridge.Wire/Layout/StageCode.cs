using ThemisBridge.Core.Failures;

namespace ThemisBridge.Wire.Layout;

/// <summary><see cref="FailureStage"/> on the wire.</summary>
public enum StageCode : byte
{
    /// <summary><see cref="FailureStage.Connect"/>.</summary>
    Connect = 1,

    /// <summary><see cref="FailureStage.Admit"/>.</summary>
    Admit = 2,

    /// <summary><see cref="FailureStage.Prefill"/>.</summary>
    Prefill = 3,

    /// <summary><see cref="FailureStage.Stream"/>.</summary>
    Stream = 4,
}
