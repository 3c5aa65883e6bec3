namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>Decides how long a thread spins before it sleeps. For one thread.</summary>
internal interface IWaitPolicy
{
    /// <summary>How long to spin now, in ticks of 100 ns; 0 for not at all.</summary>
    long Next();

    /// <summary>A wait is over.</summary>
    /// <param name="spun">Whether the thread spun.</param>
    /// <param name="succeeded">Whether that sufficed.</param>
    /// <param name="took">How long the wait took, in ticks of 100 ns; 0 for too short to be measured.</param>
    void Learn(bool spun, bool succeeded, long took);
}
