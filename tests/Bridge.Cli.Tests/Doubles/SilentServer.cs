using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThemisBridge.Cli.Tests.Doubles;

/// <summary>An OpenAI server that streams one piece of an answer, and says more only when it is told to.</summary>
internal sealed class SilentServer : IDisposable
{
    private const string Event =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
        + "\"delta\":{\"role\":\"assistant\",\"content\":\"Half\"},\"finish_reason\":null}]}\n\n";

    private const string Last =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
        + "\"delta\":{\"content\":\" and half\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    private readonly TaskCompletionSource _rest = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TaskCompletionSource _gone = new();
    private readonly CancellationTokenSource _stop = new();

    public SilentServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _ = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";

    /// <summary>Whether the client of the stream has closed its connection.</summary>
    public async Task<bool> ClientGoneAsync()
    {
        await _gone.Task.WaitAsync(TimeSpan.FromSeconds(10));
        return true;
    }

    /// <summary>Sends the rest of the answer.</summary>
    public void Finish() => _rest.TrySetResult();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client = await _listener.AcceptAsync(_stop.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            byte[] buffer = new byte[64 * 1024];
            string request = "";
            while (!request.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                request += Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer, _stop.Token));
            }

            if (!request.StartsWith("POST", StringComparison.Ordinal))
            {
                await client.SendAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _stop.Token);
                return;
            }

            await client.SendAsync(Encoding.ASCII.GetBytes(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                + $"{Event.Length:x}\r\n{Event}\r\n"), _stop.Token);
            Task<int> gone = client.ReceiveAsync(buffer, _stop.Token).AsTask();
            if (await Task.WhenAny(gone, _rest.Task) == _rest.Task)
            {
                await client.SendAsync(
                    Encoding.ASCII.GetBytes($"{Last.Length:x}\r\n{Last}\r\n0\r\n\r\n"), _stop.Token);
            }

            while (await gone > 0)
            {
                gone = client.ReceiveAsync(buffer, _stop.Token).AsTask();
            }

            _gone.TrySetResult();
        }
    }
}
