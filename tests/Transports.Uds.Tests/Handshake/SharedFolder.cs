using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Uds.Tests.Handshake;

/// <summary>A folder that another user can get to, for a socket in one of its own below.</summary>
internal sealed class SharedFolder : IDisposable
{
    private readonly SocketFolder _folder = new();

    public SharedFolder() => File.SetUnixFileMode(_folder.Folder, (UnixFileMode)0b111_101_101);

    /// <summary>nobody's.</summary>
    public uint Uid => 65534;

    public string Path => System.IO.Path.Combine(_folder.Folder, "own", "s.sock");

    /// <summary>A listener there. The folder itself would keep strangers out; it is opened so that the listener
    /// must.</summary>
    public UdsListener Listen(Action<UdsListenerOptions> configure)
    {
        var options = new UdsListenerOptions { Path = Path };
        configure(options);
        var listener = new UdsListener(options, new ScriptedEngine(), NullLogger<UdsListener>.Instance);
        listener.Start();
        if (options.AllowedUids.Count == 0)
        {
            File.SetUnixFileMode(System.IO.Path.GetDirectoryName(Path)!, (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(Path, (UnixFileMode)0b110_110_110);
        }

        return listener;
    }

    public void Dispose() => _folder.Dispose();
}
