using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>A peer that passes one descriptor twice where one is expected.</summary>
internal static unsafe partial class TwoDescriptors
{
    public static void Send(Socket socket, ReadOnlySpan<byte> bytes, SafeFileHandle file)
    {
        // struct cmsghdr with two descriptors: length, SOL_SOCKET, SCM_RIGHTS.
        int* control = stackalloc int[6];
        *(long*)control = 24;
        control[2] = 1;
        control[3] = 1;
        control[4] = control[5] = (int)file.DangerousGetHandle();
        fixed (byte* start = bytes)
        {
            nint* piece = stackalloc nint[2];
            piece[0] = (nint)start;
            piece[1] = bytes.Length;
            nint* message = stackalloc nint[7];
            new Span<nint>(message, 7).Clear();
            message[2] = (nint)piece;
            message[3] = 1;
            message[4] = (nint)control;
            message[5] = 24;
            Assert.Equal(bytes.Length, sendmsg(socket.SafeHandle, message, 0));
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint sendmsg(SafeSocketHandle socket, nint* message, int flags);
}
