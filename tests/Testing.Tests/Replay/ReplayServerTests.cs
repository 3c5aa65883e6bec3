using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Testing.Replay;

namespace ThemisBridge.Testing.Tests.Replay;

public class ReplayServerTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Response_is_sent_byte_for_byte_whatever_the_cuts()
    {
        RecordedExchange recorded = RecordingSet.FromArchive(
            Path.Combine(AppContext.BaseDirectory, "http.tar.gz"))["A-completions-emoji-stream"];
        await using ReplayServer server = ReplayServer.Start().Add(
            ReplayExchange.Of(recorded) with { Cuts = [.. Enumerable.Range(0, recorded.Response.Length + 10)] });
        using Socket client = await ConnectAsync(server);
        await client.SendAsync(recorded.Request, Token);

        Assert.Equal(recorded.Response.ToArray(), await ReadToEndAsync(client));
    }

    [Theory]
    [InlineData("POST /v1/x HTTP/1.1\r\nContent-Length: 5\r\nX-A: b c\r\n\r\nhello", "hello")]
    [InlineData(
        "POST /v1/x HTTP/1.1\r\ntransfer-encoding: chunked\r\nx-a:b c \r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            "hello")]
    [InlineData("POST /v1/x HTTP/1.1\r\nX-A: b c\r\n\r\n", "")]
    public async Task Request_is_read_with_its_framing_taken_off(string sent, string body)
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(200, null, "") with { End = ReplayEnd.Close });
        using Socket client = await ConnectAsync(server);
        foreach (byte one in Encoding.ASCII.GetBytes(sent))
        {
            await client.SendAsync(new[] { one }, Token);
        }

        ReplayedRequest request = await server.NextRequestAsync(Token);

        Assert.Equal(("POST", "/v1/x", body, "b c", 1),
            (request.Method, request.Target, request.Text, request.Header("x-a"), request.Connection));
        Assert.Null(request.Header("x-b"));
    }

    [Fact]
    public async Task Requests_on_one_connection_take_the_exchanges_in_order()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(200, "text/plain", "one"))
            .Add(ReplayExchange.Of(200, "text/plain", "two") with { End = ReplayEnd.Close });
        using Socket client = await ConnectAsync(server);
        await client.SendAsync(Encoding.ASCII.GetBytes(Get + Get), Token);
        string all = Encoding.ASCII.GetString(await ReadToEndAsync(client));

        Assert.True(all.IndexOf("one", StringComparison.Ordinal) < all.IndexOf("two", StringComparison.Ordinal));
        Assert.Equal((1, 2, 0), (server.ConnectionCount, server.Requests.Count, server.Unmatched.Count));
    }

    [Fact]
    public async Task Request_that_nothing_matches_is_listed_and_closed()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(200, null, "") with { Matches = request => request.Target == "/b" });
        using Socket client = await ConnectAsync(server);
        await client.SendAsync(Encoding.ASCII.GetBytes(Get), Token);

        Assert.Empty(await ReadToEndAsync(client));
        Assert.Equal("/a", Assert.Single(server.Unmatched).Target);
    }

    [Fact]
    public async Task Pause_waits_on_the_given_clock()
    {
        var time = new FakeTimeProvider();
        await using ReplayServer server = ReplayServer.Start(new ReplayServerOptions { Time = time }).Add(
            new ReplayExchange
            {
                Response = "abcdef"u8.ToArray(),
                Pauses = [new ReplayPause(2, TimeSpan.FromHours(1))],
                End = ReplayEnd.Close,
            });
        using Socket client = await ConnectAsync(server);
        await client.SendAsync(Encoding.ASCII.GetBytes(Get), Token);
        byte[] start = new byte[2];
        await client.ReceiveAsync(start, Token);
        ReplayedRequest request = await server.NextRequestAsync(Token);
        Assert.False(request.Answered.IsCompleted);
        Task<byte[]> rest = ReadToEndAsync(client);
        while (!rest.IsCompleted)
        {
            // The server may not have come to its pause yet; a clock that is moved before that moves nothing.
            time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.Equal("ab", Encoding.ASCII.GetString(start));
        Assert.Equal("cdef", Encoding.ASCII.GetString(await rest));
        await request.Answered;
    }

    [Fact]
    public async Task Reset_reaches_the_client_as_a_reset()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = Array.Empty<byte>(), End = ReplayEnd.Reset });
        using Socket client = await ConnectAsync(server);
        await client.SendAsync(Encoding.ASCII.GetBytes(Get), Token);
        SocketException e = await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(client));

        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Fact]
    public async Task Hold_keeps_the_connection_until_the_client_goes()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = "x"u8.ToArray(), End = ReplayEnd.Hold });
        using Socket client = await ConnectAsync(server);
        await client.SendAsync(Encoding.ASCII.GetBytes(Get), Token);
        ReplayedRequest request = await server.NextRequestAsync(Token);
        await request.Answered;
        Assert.False(request.ClientGone.IsCompleted);
        client.Shutdown(SocketShutdown.Send);

        await request.ClientGone.WaitAsync(Token);
        Assert.Equal("x"u8.ToArray(), await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Unix_socket_answers_and_its_file_is_removed()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using (ReplayServer server = ReplayServer.Start(new ReplayServerOptions { UnixSocketPath = path })
            .Add(ReplayExchange.Of(200, null, "unix") with { End = ReplayEnd.Close }))
        {
            Assert.Equal("http+unix://" + path, server.Address.AbsoluteUri);
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Token);
            await client.SendAsync(Encoding.ASCII.GetBytes(Get), Token);
            Assert.EndsWith("unix", Encoding.ASCII.GetString(await ReadToEndAsync(client)), StringComparison.Ordinal);
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Dispose_ends_a_held_connection()
    {
        ReplayServer server = ReplayServer.Start()
            .Add(new ReplayExchange { Response = "x"u8.ToArray(), End = ReplayEnd.Hold });
        using Socket client = await ConnectAsync(server);
        await client.SendAsync(Encoding.ASCII.GetBytes(Get), Token);
        ReplayedRequest request = await server.NextRequestAsync(Token);
        await request.Answered;
        await server.DisposeAsync();

        Assert.Equal("x"u8.ToArray(), await ReadToEndAsync(client));
    }

    private static async Task<Socket> ConnectAsync(ReplayServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, Token);
        return socket;
    }

    private static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[4096];
        int count;
        while ((count = await socket.ReceiveAsync(buffer, Token)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }
}
