using System.Net;
using System.Net.Sockets;
using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Connections;

/// <summary>What is done with the sockets themselves.</summary>
public class SocketTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Small_requests_are_not_held_back()
    {
        await using ReplayServer server = ReplayServer.Start().Add(ReplayExchange.Of(200, null, ""));
        HttpAddress.TryParse(server.Address.AbsoluteUri, out HttpAddress? address);
        var endpoint = new HttpEndpoint("e/http", address!, new HttpBackendOptions(), null);
        bool? noDelay = null;
        using SocketsHttpHandler handler = endpoint.CreateHandler();
        handler.PlaintextStreamFilter = (context, _) =>
        {
            noDelay = Assert.IsType<NetworkStream>(context.PlaintextStream).Socket.NoDelay;
            return ValueTask.FromResult(context.PlaintextStream);
        };
        using var sender = new HttpMessageInvoker(handler);
        using HttpRequestMessage request = endpoint.CreateRequest(HttpMethod.Get, HttpRoutes.Health);
        (await sender.SendAsync(request, Token)).Dispose();

        Assert.True(noDelay);
    }

    [Fact]
    public async Task Sending_side_stays_open_while_an_answer_is_awaited()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var fixture = new BackendFixture($"http://{listener.LocalEndpoint}");
        await using IAsyncEnumerator<InferenceChunk> chunks = fixture.Backend.GenerateAsync(
            new InferenceRequest
            {
                Model = "m",
                Prompt = new TextPrompt("hi"),
                Sampling = new SamplingOptions { MaxTokens = 4 },
            }, Token).GetAsyncEnumerator(Token);
        ValueTask<bool> first = chunks.MoveNextAsync();
        using Socket server = await listener.AcceptSocketAsync(Token);
        byte[] received = new byte[4096];
        string request = "";
        while (!request.EndsWith("\"include_usage\":true},\"max_tokens\":4}", StringComparison.Ordinal))
        {
            request += Encoding.UTF8.GetString(received, 0, await server.ReceiveAsync(received, Token));
        }

        await server.SendAsync(ReplayExchange.OfEvents(
            "data: {\"choices\":[{\"text\":\"a\",\"finish_reason\":null}]}\n\n").Response[..^5], Token);
        Assert.True(await first);

        // An end of the sending side would have arrived before the event went back, and make the socket readable.
        Assert.False(server.Poll(0, SelectMode.SelectRead));
    }
}
