using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThemisBridge.Transports.SharedMemory.Kernel;

/// <summary>File descriptors that ride on bytes of a Unix socket: SCM_RIGHTS, unix(7) and cmsg(3).</summary>
internal static unsafe partial class Descriptors
{
    // asm-generic/socket.h and linux/socket.h, the same on x86-64 and arm64.
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;

    // errno, the same on x86-64 and arm64.
    private const int NothingThere = 11;

    // Room for one descriptor is padded to room for two.
    private const int MostDescriptors = 2;

    /// <summary>Sends bytes with a descriptor on the first of them.</summary>
    /// <returns>How many bytes went; fewer than given only when the socket's buffer is full.</returns>
    /// <exception cref="Win32Exception">The kernel refused, or the peer is gone.</exception>
    public static int Send(Socket socket, ReadOnlySpan<byte> bytes, SafeFileHandle file)
    {
        bool isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            Control control = default;
            control.Length = 20;
            control.Level = SolSocket;
            control.Type = ScmRights;
            control.First = (int)file.DangerousGetHandle();
            fixed (byte* start = bytes)
            {
                var piece = new Piece { Start = start, Length = (nuint)bytes.Length };
                var message = new Message { Pieces = &piece, PieceCount = 1, Control = &control, ControlLength = 24 };
                nint sent = sendmsg(socket.SafeHandle, &message, DontWait | NoSignal);
                return sent < 0 ? throw new Win32Exception(Marshal.GetLastPInvokeError()) : (int)sent;
            }
        }
        finally
        {
            if (isHeld)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Receives bytes that are there, and the descriptors on the first of them.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="bytes">Where to.</param>
    /// <param name="file">The descriptor, when exactly one came; more are closed.</param>
    /// <returns>How many bytes came; 0 at the end, -1 when there are none yet.</returns>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static int Receive(Socket socket, Span<byte> bytes, out SafeFileHandle? file)
    {
        Control control = default;
        nint count;
        nuint controlLength;
        fixed (byte* start = bytes)
        {
            var piece = new Piece { Start = start, Length = (nuint)bytes.Length };
            var message = new Message
                { Pieces = &piece, PieceCount = 1, Control = &control, ControlLength = (nuint)sizeof(Control) };
            count = recvmsg(socket.SafeHandle, &message, DontWait | CloseOnExec);
            controlLength = message.ControlLength;
        }

        if (count < 0)
        {
            file = null;
            int error = Marshal.GetLastPInvokeError();
            return error == NothingThere ? -1 : throw new Win32Exception(error);
        }

        file = TakeOne(control, controlLength);
        return (int)count;
    }

    private static SafeFileHandle? TakeOne(in Control control, nuint controlLength)
    {
        if (controlLength < 16 || control.Level != SolSocket || control.Type != ScmRights)
        {
            return null;
        }

        int count = Math.Min((int)(control.Length - 16) / sizeof(int), MostDescriptors);
        var first = count > 0 ? new SafeFileHandle(control.First, ownsHandle: true) : null;
        if (count > 1)
        {
            first!.Dispose();
            new SafeFileHandle(control.Second, ownsHandle: true).Dispose();
            return null;
        }

        return first;
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint sendmsg(SafeSocketHandle socket, Message* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint recvmsg(SafeSocketHandle socket, Message* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct Piece
    {
        public byte* Start;
        public nuint Length;
    }

    // struct msghdr of glibc; musl's narrower counts fill the same places in little-endian order.
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Piece* Pieces;
        public nuint PieceCount;
        public Control* Control;
        public nuint ControlLength;
        public int Flags;
    }

    // struct cmsghdr with its data.
    [StructLayout(LayoutKind.Sequential)]
    private struct Control
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int First;
        public int Second;
    }
}
