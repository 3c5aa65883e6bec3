using System.Runtime.InteropServices;

namespace ThemisBridge.Bench.Measuring;

/// <summary>Sleeps to the microsecond, which no timer of the runtime does.</summary>
internal static partial class PreciseSleep
{
    private const int SetTimerSlack = 29;

    /// <summary>Takes the calling thread's timer slack away: by default the kernel may wake it 50 µs late.</summary>
    public static void Prepare() => _ = Control(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>Blocks the calling thread.</summary>
    /// <param name="seconds">How long; nothing happens for 0 and less. A signal may end it early.</param>
    public static void For(double seconds)
    {
        if (seconds <= 0)
            return;
        var whole = (long)seconds;
        var time = new Timespec { Seconds = whole, Nanoseconds = (long)((seconds - whole) * 1e9) };
        _ = Sleep(time, 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sleep(in Timespec time, nint remaining);

    [LibraryImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int option, nuint value, nuint none3, nuint none4, nuint none5);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
