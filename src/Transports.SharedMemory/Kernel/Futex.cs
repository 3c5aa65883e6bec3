using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ThemisBridge.Transports.SharedMemory.Kernel;

/// <summary>The kernel's wait-and-wake on a word of memory that two processes share.</summary>
internal static unsafe partial class Futex
{
    // linux/futex.h, without FUTEX_PRIVATE_FLAG: the two sides are two processes.
    private const int WaitOperation = 0;
    private const int WakeOperation = 1;

    // errno, the same on x86-64 and arm64.
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int TimedOut = 110;

    private static readonly nint Number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        _ => 0,
    };

    private static long _calls;

    /// <summary>How many calls this process has made.</summary>
    public static long Calls => Interlocked.Read(ref _calls);

    /// <summary>Whether the call's number is known for this processor.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Number != 0;

    /// <summary>Sleeps while the word has a value, until it is woken or the time is over.</summary>
    /// <param name="word">The word, 4-byte aligned, mapped shared.</param>
    /// <param name="expected">The value to sleep on.</param>
    /// <param name="milliseconds">How long at most.</param>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Wait(uint* word, uint expected, int milliseconds)
    {
        Interlocked.Increment(ref _calls);
        var limit = new Timespec { Seconds = milliseconds / 1000, Nanoseconds = milliseconds % 1000 * 1_000_000L };
        if (Call(Number, word, WaitOperation, (nint)expected, &limit, 0, 0) >= 0)
        {
            return;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error is not (TryAgain or Interrupted or TimedOut))
        {
            throw new Win32Exception(error);
        }
    }

    /// <summary>Wakes one sleeper, if there is one. Harmless on memory that is no longer mapped.</summary>
    /// <param name="word">The word.</param>
    public static void Wake(uint* word)
    {
        Interlocked.Increment(ref _calls);
        Call(Number, word, WakeOperation, 1, null, 0, 0);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Call(
        nint number, uint* word, nint operation, nint value, Timespec* timeout, nint word2, nint value3);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
