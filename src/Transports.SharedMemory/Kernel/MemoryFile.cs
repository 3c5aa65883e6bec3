using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThemisBridge.Transports.SharedMemory.Kernel;

/// <summary>Memory files: without a name, sealed. linux/memfd.h and linux/fcntl.h.</summary>
internal static partial class MemoryFile
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;

    private const int AddSeals = 1033;
    private const int GetSeals = 1034;

    // errno, the same on x86-64 and arm64.
    private const int Interrupted = 4;

    // SEAL, SHRINK, GROW: the size stays as it is, and so do the seals.
    private const int SizeSeals = 1 | 2 | 4;

    // WRITE, FUTURE_WRITE.
    private const int WriteSeals = 8 | 16;

    /// <summary>Makes a file of zeros that has all its memory.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="isSealed">Whether its size is sealed.</param>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static SafeFileHandle Create(long bytes, bool isSealed = true)
    {
        int descriptor = memfd_create("themis-bridge", CloseOnExec | AllowSealing);
        if (descriptor < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            Reserve(file, bytes);
            if (isSealed && fcntl(file, AddSeals, SizeSeals) != 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes the memory that a file lacks. A page without is made when it is touched, and where the machine promises no
    /// more memory than it has, the kernel may have none then and ends the process (SIGBUS).
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="bytes">Its size; a file that is shorter grows.</param>
    /// <exception cref="Win32Exception">There is not as much.</exception>
    public static void Reserve(SafeFileHandle file, long bytes)
    {
        int error;
        do
        {
            error = posix_fallocate(file, 0, bytes);
        }
        while (error == Interrupted);
        if (error != 0)
        {
            throw new Win32Exception(error);
        }
    }

    /// <summary>What is wrong with a file that a peer passed; null when it can be mapped without danger.</summary>
    /// <param name="file">The file.</param>
    /// <param name="bytes">The size that was said.</param>
    public static string? FaultOf(SafeFileHandle file, long bytes)
    {
        int seals = fcntl(file, GetSeals, 0);
        if (seals < 0)
        {
            return "the descriptor is no memory file.";
        }

        if ((seals & SizeSeals) != SizeSeals)
        {
            return "the memory is not sealed against shrinking and growing.";
        }

        if ((seals & WriteSeals) != 0)
        {
            return "the memory is sealed against writing.";
        }

        long size = RandomAccess.GetLength(file);
        return size == bytes ? null : $"the memory has {size} bytes, and {bytes} were said.";
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(SafeFileHandle file, int command, nint argument);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int posix_fallocate(SafeFileHandle file, long at, long bytes);
}
