using ThemisBridge.Transports.SharedMemory.Kernel;

namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>The semaphore of a direction: a word that is 1 while the side which reads there sleeps.</summary>
/// <param name="word">The futex word; valid as long as the segment.</param>
internal sealed unsafe class Bell(uint* word)
{
    /// <summary>Whether the other side has to be woken. Asked after everything was published.</summary>
    public bool TryClaim()
    {
        // Without the fence this load may come before the stores that were published, and a sleeper is missed.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref *word) != 0 && Interlocked.Exchange(ref *word, 0) != 0;
    }

    /// <summary>Wakes who was claimed. Harmless on memory that is no longer mapped.</summary>
    public void Wake() => Futex.Wake(word);

    /// <summary>Says that this side is about to sleep; look again before it does.</summary>
    public void Arm()
    {
        Volatile.Write(ref *word, 1);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Sleeps until the bell rings, or <see cref="SegmentLayout.ParkMilliseconds"/>.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The kernel refused.</exception>
    public void Sleep() => Futex.Wait(word, 1, SegmentLayout.ParkMilliseconds);

    /// <summary>Says that this side is awake.</summary>
    public void Disarm() => Volatile.Write(ref *word, 0);
}
