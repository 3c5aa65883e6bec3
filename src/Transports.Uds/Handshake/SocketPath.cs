using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Uds.Handshake;

/// <summary>The file of a listening socket: its folder, its mode, and what a dead listener left behind.</summary>
internal static class SocketPath
{
    // sun_path of Linux, less its terminating zero.
    private const int MaxBytes = 107;

    // fcntl.h and linux/stat.h.
    private const int AtCwd = -100;
    private const uint StatxUid = 0x8;

    private const UnixFileMode OwnFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode SharedFolder = OwnFolder | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
    private const UnixFileMode OwnSocket = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode SharedSocket = OwnSocket | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OpenToOthers =
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private const UnixFileMode OpenToGroup =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

    /// <summary>What is wrong with a path, or null.</summary>
    public static string? FaultOf(string path) =>
        !path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal)
            ? "expected the absolute path of a Unix socket, such as /run/themis/engine.sock."
            : Encoding.UTF8.GetByteCount(path) > MaxBytes ? $"the path of a Unix socket has at most {MaxBytes} bytes." : null;

    /// <summary>Binds a socket at a path and listens.</summary>
    /// <param name="path">The path.</param>
    /// <param name="group">The group that may connect too, or null for the user alone.</param>
    /// <param name="isShared">Whether other users may connect.</param>
    /// <param name="backlog">How many connections may wait to be accepted.</param>
    /// <exception cref="BridgeException">Somebody listens there, or the folder is open to others.</exception>
    [SupportedOSPlatform("linux")]
    public static Socket Listen(string path, uint? group, bool isShared, int backlog)
    {
        if (FaultOf(path) is { } fault)
        {
            throw Refuse(fault);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            PrepareFolder(Path.GetDirectoryName(path)!, group, isShared);
            // Of two listeners that start at once, one holds the lock while it looks, removes and binds.
            using (Lock(path + ".lock"))
            {
                RemoveStale(path);
                socket.Bind(new UnixDomainSocketEndPoint(path));
                SetMode(path, isShared ? SharedSocket : OwnSocket, group);
                socket.Listen(backlog);
            }

            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw e is SocketException or IOException or UnauthorizedAccessException
                ? Refuse($"the socket cannot be made: {e.Message}", e) : e;
        }
    }

    private static FileStream Lock(string path) => new(
        path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);

    [SupportedOSPlatform("linux")]
    private static void PrepareFolder(string folder, uint? group, bool isShared)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder, OwnFolder);
            SetMode(folder, isShared ? SharedFolder : OwnFolder, group);
            return;
        }

        // Its owner could put another file in the socket's place.
        if (OwnerOf(folder) is var owner && owner != 0 && owner != PeerCredentials.OwnUid)
        {
            throw Refuse($"the folder of the socket belongs to user {owner}. Use a folder of its own.");
        }

        UnixFileMode mode = new DirectoryInfo(folder).UnixFileMode;
        UnixFileMode forbidden = isShared ? WritableByOthers | OpenToOthers : OpenToGroup | OpenToOthers;
        if ((mode & forbidden) != 0)
        {
            throw Refuse($"the folder of the socket is open to other users (mode {Convert.ToString((int)mode, 8)}). "
                + $"Use a folder of its own with mode {(isShared ? "0750" : "0700")}.");
        }
    }

    // A path that nobody listens at was left by a listener that was killed.
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A plain file refuses connections as well.
            if (!IsSocket(path))
            {
                throw Refuse("the path is a file that is no socket. Choose another path.", e);
            }

            File.Delete(path);
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            // Its queue is full, so somebody listens.
        }

        throw Refuse("somebody listens there already. Choose another path, or stop the other listener.");
    }

    // A socket cannot be opened; nothing else refuses its owner like that. Reading and writing never waits, even on a
    // pipe.
    private static bool IsSocket(string path)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle opened =
                File.OpenHandle(path, access: FileAccess.ReadWrite);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    [SupportedOSPlatform("linux")]
    private static void SetMode(string path, UnixFileMode mode, uint? group)
    {
        if (group is { } id && lchown(Encoding.UTF8.GetBytes(path + '\0'), uint.MaxValue, id) != 0)
        {
            throw Refuse($"the group {id} cannot be given to '{Path.GetFileName(path)}': error {Marshal.GetLastPInvokeError()}.");
        }

        File.SetUnixFileMode(path, mode);
    }

    private static uint OwnerOf(string folder)
    {
        // struct statx, the same on every architecture: the owner's id at byte 20.
        Span<byte> status = stackalloc byte[256];
        byte[] path = Encoding.UTF8.GetBytes(folder + '\0');
        return statx(AtCwd, path, 0, StatxUid, ref MemoryMarshal.GetReference(status)) == 0
            ? MemoryMarshal.Read<uint>(status[20..])
            : throw Refuse($"the folder of the socket cannot be looked at: error {Marshal.GetLastPInvokeError()}.");
    }

    private static BridgeException Refuse(string what, Exception? cause = null) =>
        new(BridgeFailure.ConnectionFailed, FailureStage.Connect, $"Cannot listen at the Unix socket: {what}", cause);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int lchown(byte[] path, uint owner, uint group);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, ref byte status);
}
