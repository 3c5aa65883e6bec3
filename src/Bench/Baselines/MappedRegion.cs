using System.IO.MemoryMappedFiles;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// Memory that two processes share through a file. Owned by whoever disposes it; its pointer lives as long.
/// </summary>
internal sealed unsafe class MappedRegion : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private MappedRegion(FileStream stream, int bytes)
    {
        _file = MemoryMappedFile.CreateFromFile(
            stream, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, bytes);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        Pointer = pointer;
    }

    /// <summary>The first byte, page-aligned.</summary>
    public byte* Pointer { get; }

    /// <summary>Makes the file, full of zeros, and maps it.</summary>
    public static MappedRegion Create(string path, int bytes) => new(Open(path, FileMode.CreateNew), bytes);

    /// <summary>Maps a file that the peer made, and removes its name: nobody else needs it.</summary>
    public static MappedRegion Adopt(string path, int bytes)
    {
        var region = new MappedRegion(Open(path, FileMode.Open), bytes);
        File.Delete(path);
        return region;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static FileStream Open(string path, FileMode mode) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite);
}
