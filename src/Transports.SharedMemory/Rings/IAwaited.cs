namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>What a thread waits for.</summary>
internal interface IAwaited
{
    /// <summary>Whether it has come. Asked often while the thread spins.</summary>
    bool HasCome { get; }

    /// <summary>The thread counts as asleep from now on; one look follows before it sleeps.</summary>
    void BeforeSleep();
}
