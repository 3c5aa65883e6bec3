using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThemisBridge.Benchmarks.Gateway;

/// <summary>A closed loop: each connection sends its next request when it has the whole answer to the last.</summary>
internal static class LoadClient
{
    /// <summary>Runs for a while and counts answers.</summary>
    public static async Task<int> RunAsync(int port, string json, int connections, TimeSpan duration)
    {
        using var stop = new CancellationTokenSource(duration);
        byte[] request = Encoding.UTF8.GetBytes(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {json.Length}\r\n\r\n{json}");
        int[] counts = await Task.WhenAll(Enumerable.Range(0, connections)
            .Select(_ => Task.Run(() => LoopAsync(port, request, stop.Token))));
        return counts.Sum();
    }

    private static async Task<int> LoopAsync(int port, byte[] request, CancellationToken stop)
    {
        using var socket =
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, CancellationToken.None);
        byte[] buffer = new byte[256 * 1024];
        int answers = 0;
        while (!stop.IsCancellationRequested)
        {
            await socket.SendAsync(request, CancellationToken.None);
            int filled = 0;
            do
            {
                int count = await socket.ReceiveAsync(buffer.AsMemory(filled), CancellationToken.None);
                filled += count > 0 ? count : throw new InvalidOperationException("The gateway closed the connection.");
            }
            while (!Wire.IsWholeAnswer(buffer.AsSpan(0, filled)));

            if (!buffer.AsSpan(0, filled).StartsWith("HTTP/1.1 200"u8))
            {
                throw new InvalidOperationException(Encoding.UTF8.GetString(buffer, 0, Math.Min(filled, 500)));
            }

            answers++;
        }

        return answers;
    }
}
