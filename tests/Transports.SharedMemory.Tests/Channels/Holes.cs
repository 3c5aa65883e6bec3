using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>Parts of a memory file that have no memory: fallocate(2), fstat(2).</summary>
internal static partial class Holes
{
    // linux/falloc.h: KEEP_SIZE, PUNCH_HOLE.
    private const int PunchHole = 1 | 2;

    // struct stat of x86-64 and arm64: 144 and 128 bytes, its number of blocks of 512 bytes as a long at 64.
    private const int StatWords = 18;
    private const int BlocksWord = 8;

    /// <summary>Gives the memory of a part back.</summary>
    public static void Punch(SafeFileHandle file, long at, long bytes) =>
        Assert.Equal(0, fallocate(file, PunchHole, at, bytes));

    /// <summary>How many bytes of memory a file has; its size when there are no holes.</summary>
    public static long MemoryOf(SafeFileHandle file)
    {
        Span<long> status = stackalloc long[StatWords];
        Assert.Equal(0, fstat(file, ref status[0]));
        return status[BlocksWord] * 512;
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fallocate(SafeFileHandle file, int mode, long at, long bytes);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fstat(SafeFileHandle file, ref long status);
}
