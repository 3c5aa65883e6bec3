using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ThemisBridge.Bench.Baselines;

/// <summary>The kernel's wait-and-wake on a word of memory that two processes share.</summary>
internal static unsafe partial class Futex
{
    private const int WaitOperation = 0;
    private const int WakeOperation = 1;
    private const int TryAgain = 11;
    private const int Interrupted = 4;
    private const int TimedOut = 110;

    private static readonly nint Number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        var other => throw new PlatformNotSupportedException($"The futex call's number on {other} is not known."),
    };

    /// <summary>
    /// Sleeps while the word has a value; at most 100 ms, so that the caller can look at its own affairs.
    /// </summary>
    /// <param name="word">The word, 4-byte aligned, mapped shared.</param>
    /// <param name="expected">The value to sleep on.</param>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Wait(uint* word, uint expected)
    {
        var timeout = new Timespec { Seconds = 0, Nanoseconds = 100_000_000 };
        if (Call(Number, word, WaitOperation, (nint)expected, &timeout, 0, 0) >= 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        if (error is not (TryAgain or Interrupted or TimedOut))
            throw new Win32Exception(error);
    }

    /// <summary>Wakes one sleeper, if there is one.</summary>
    /// <param name="word">The word, 4-byte aligned, mapped shared.</param>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Wake(uint* word)
    {
        if (Call(Number, word, WakeOperation, 1, null, 0, 0) < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
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
