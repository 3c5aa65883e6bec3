using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ThemisBridge.Transports.Uds.Handshake;

/// <summary>Who is at the other end of a Unix socket, as the kernel says.</summary>
/// <param name="Pid">The process that connected or listened.</param>
/// <param name="Uid">Its user.</param>
/// <param name="Gid">Its group.</param>
internal readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid)
{
    // asm-generic/socket.h, the same on x86-64 and arm64.
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>The user of this process.</summary>
    public static uint OwnUid => geteuid();

    /// <summary>Asks the kernel.</summary>
    public static PeerCredentials Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("Frames over a Unix socket need Linux: SO_PEERCRED says who is at the other end.");
        }

        // struct ucred: pid, uid, gid.
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        ReadOnlySpan<int> words = MemoryMarshal.Cast<byte, int>(credentials);
        return new PeerCredentials(words[0], (uint)words[1], (uint)words[2]);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint geteuid();
}
