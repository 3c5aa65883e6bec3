namespace ThemisBridge.Transports.Uds.Tests;

/// <summary>A folder of its own for a socket; gone with the test.</summary>
internal sealed class SocketFolder : IDisposable
{
    public SocketFolder() => Folder = Directory.CreateTempSubdirectory("themis-uds-").FullName;

    public string Folder { get; }

    /// <summary>The socket's path.</summary>
    public string Path => System.IO.Path.Combine(Folder, "s.sock");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
