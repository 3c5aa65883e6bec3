using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ThemisBridge.Bench.Baselines;

/// <summary>A POSIX semaphore with a name, made here.</summary>
internal sealed unsafe partial class NamedSemaphore : IDisposable
{
    // O_CREAT and O_EXCL of Linux.
    private const int CreateNew = 0x40 | 0x80;
    private const int OwnerOnly = 0x180;

    private readonly string _name;
    private readonly void* _semaphore;

    /// <summary>Makes it, with nothing to take.</summary>
    /// <param name="name">A slash and a name that nobody else uses.</param>
    /// <exception cref="Win32Exception">The system refused.</exception>
    public NamedSemaphore(string name)
    {
        _name = name;
        _semaphore = sem_open(name, CreateNew, OwnerOnly, 0);
        if (_semaphore == null)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Lets one waiter pass.</summary>
    public void Post() => sem_post(_semaphore);

    /// <summary>Waits until somebody posts.</summary>
    public void Wait()
    {
        while (sem_wait(_semaphore) != 0)
        {
        }
    }

    /// <summary>Removes the name: whoever has opened it keeps it.</summary>
    public void Unlink() => sem_unlink(_name);

    /// <inheritdoc/>
    public void Dispose() => sem_close(_semaphore);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void* sem_open(string name, int flags, uint mode, uint value);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void sem_post(void* semaphore);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int sem_wait(void* semaphore);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void sem_close(void* semaphore);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void sem_unlink(string name);
}
