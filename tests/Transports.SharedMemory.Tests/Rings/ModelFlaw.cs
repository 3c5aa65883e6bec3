namespace ThemisBridge.Transports.SharedMemory.Tests.Rings;

/// <summary>What a side of the model does wrong on purpose; each loses a wake.</summary>
public enum ModelFlaw
{
    None,

    /// <summary>It sleeps without a second look.</summary>
    LooksOnce,

    /// <summary>A write that found no room says so to the thread that carries on only after its last try.</summary>
    SaysStalledLate,

    /// <summary>It does not repeat its wish for room when it goes to sleep.</summary>
    WantsSpaceOnce,
}
