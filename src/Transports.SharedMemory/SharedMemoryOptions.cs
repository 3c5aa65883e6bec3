using System.Numerics;
using ThemisBridge.Transports.SharedMemory.Rings;

namespace ThemisBridge.Transports.SharedMemory;

/// <summary>How connections move to shared memory: the section <c>SharedMemory</c>, for both sides alike.</summary>
public sealed class SharedMemoryOptions
{
    private static readonly TimeSpan LongestSpin = TimeSpan.FromMilliseconds(1);

    /// <summary>Whether they do. Default: on.</summary>
    public SharedMemoryMode Mode { get; set; } = SharedMemoryMode.On;

    /// <summary>
    /// The size of each of the two rings that a listener makes, a power of two from 64 KiB to 64 MiB. Default: 128 KiB:
    /// both rings stay in a core's own cache. Frames may be longer than a ring.
    /// </summary>
    public int RingBytes { get; set; } = 128 * 1024;

    /// <summary>How many segments a listener has at most; others stay on the socket. Default: 32.</summary>
    public int MaxSegments { get; set; } = 32;

    /// <summary>
    /// How long a thread spins at most before it sleeps, up to 1 millisecond; zero never spins. It spins only where
    /// that has proved to suffice. Default: 50 microseconds.
    /// </summary>
    public TimeSpan SpinWindow { get; set; } = TimeSpan.FromMicroseconds(50);

    /// <summary>The first thing that is wrong, with what was expected; null when nothing is.</summary>
    public string? FindFault() =>
        !Enum.IsDefined(Mode) ? $"Mode is {Mode}; expected On, Off or Require."
        : RingBytes < SegmentLayout.MinRingBytes || RingBytes > SegmentLayout.MaxRingBytes
            || !BitOperations.IsPow2(RingBytes)
            ? $"RingBytes is {RingBytes}; expected a power of two from {SegmentLayout.MinRingBytes} to "
                + $"{SegmentLayout.MaxRingBytes}."
        : MaxSegments < 1 ? $"MaxSegments is {MaxSegments}; expected at least 1."
        : SpinWindow < TimeSpan.Zero || SpinWindow > LongestSpin
            ? $"SpinWindow is {SpinWindow}; expected a duration from zero to {LongestSpin}, such as \"00:00:00.00005\"."
        : null;
}
