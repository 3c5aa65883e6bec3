using System.Net;
using System.Net.Sockets;
using System.Text;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm.Doubles;

/// <summary>A socket that sends exact bytes and reads what comes.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket;
    private readonly List<byte> _received = [];

    private RawClient(Socket socket) => _socket = socket;

    public static async Task<RawClient> ConnectAsync(VllmDouble server, CancellationToken cancellationToken)
    {
        bool isUnix = server.Address.Scheme == "http+unix";
        var socket = new Socket(isUnix ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream,
            isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        EndPoint end = isUnix
            ? new UnixDomainSocketEndPoint(server.Address.LocalPath)
            : new IPEndPoint(IPAddress.Loopback, server.Address.Port);
        await socket.ConnectAsync(end, cancellationToken);
        return new RawClient(socket);
    }

    /// <summary>One exchange on a connection of its own.</summary>
    public static async Task<RawAnswer> AskAsync(
        VllmDouble server, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using RawClient client = await ConnectAsync(server, cancellationToken);
        await client.SendAsync(request, cancellationToken);
        return await client.ReadToEndAsync(cancellationToken);
    }

    /// <summary>A request with a JSON body, closed behind its answer.</summary>
    public static byte[] Post(string path, string json, params string[] headers) => Encoding.UTF8.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: vllm.test\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {Encoding.UTF8.GetByteCount(json)}\r\nConnection: close\r\n"
        + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n" + json);

    public static byte[] Get(string path) =>
        Encoding.UTF8.GetBytes($"GET {path} HTTP/1.1\r\nHost: vllm.test\r\nConnection: close\r\n\r\n");

    public Task SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        _socket.SendAsync(request, SocketFlags.None, cancellationToken).AsTask();

    /// <summary>Reads until the bytes hold a text.</summary>
    public async Task ReadUntilAsync(string text, CancellationToken cancellationToken)
    {
        while (!Encoding.UTF8.GetString([.. _received]).Contains(text, StringComparison.Ordinal))
        {
            Assert.True(await ReadAsync(cancellationToken), $"The connection ended before '{text}' came.");
        }
    }

    /// <summary>Reads until the other side closes.</summary>
    public async Task<RawAnswer> ReadToEndAsync(CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken))
        {
        }

        return new RawAnswer([.. _received]);
    }

    /// <summary>What has come so far.</summary>
    public RawAnswer SoFar() => new([.. _received]);

    /// <summary>Reads once; false at the end.</summary>
    public async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[65536];
        int count = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();
}
