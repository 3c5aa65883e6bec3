namespace ThemisBridge.Transports.SharedMemory.Tests.Faults;

/// <summary>What has a name in /dev/shm, but for what other programs of the suite put there meanwhile.</summary>
internal static class NamedMemory
{
    // The semaphores of Python's multiprocessing.
    private const string Foreign = "/dev/shm/sem.mp-";

    public static string[] Entries() =>
    [
        .. Directory.GetFileSystemEntries("/dev/shm")
            .Where(entry => !entry.StartsWith(Foreign, StringComparison.Ordinal)),
    ];
}
