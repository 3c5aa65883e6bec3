using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests.Channels;

/// <summary>Peers that accept shorter frames than this side: one request fails, and the connection goes on.</summary>
public sealed class PeerLimitTests
{
    private const int Limit = WireLimits.MinFrameLimit;
    private const int Many = Limit / 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly InferenceRequest Large =
        ListenerFixture.Request() with { Prompt = new TokenPrompt(new int[Many]) };

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("accepted")]
    [InlineData("ids")]
    [InlineData("text")]
    [InlineData("vectors")]
    [InlineData("admin")]
    public async Task Answer_that_the_client_does_not_accept_fails_its_request_alone(string answer)
    {
        await using var fixture = new ListenerFixture();
        fixture.Engine.Answer = (_, _) => Chunks.Of([new InferenceChunk
        {
            Start = Chunks.Start with { PromptTokenIds = new int[Many] },
            TokenIds = new[] { 1 },
            End = Chunks.End(1),
        }]);
        fixture.Engine.Embed = (_, _) => Task.FromResult(new EmbeddingResult("m", [new float[Many]], default));
        for (int i = 0; i < Many / 10; i++)
        {
            string name = $"adapter-{i}";
            fixture.Engine.Adapters[name] = new AdapterSource { Model = "m", Name = name, PeftPath = new string('p', 50) };
        }

        using RawPeer client = await RawPeer.ClientAsync(fixture.Path, Limit);
        await client.SendAsync(output => Ask(output, answer));
        (FrameType type, byte[] frame) = await client.ReadAsync().WaitAsync(Patience, Ending);
        Assert.Equal(FrameType.Error, type);
        Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
        Assert.Equal((1u, FailureCode.LimitExceeded), (error.Handle, error.Code));
        await client.SendAsync(output => RequestWriter.Write(output, 1, ListenerFixture.Request(), 10));
        await client.ReadAsync(FrameType.End).WaitAsync(Patience, Ending);
    }

    [Fact]
    public async Task Request_that_the_listener_does_not_accept_is_not_sent()
    {
        using var folder = new SocketFolder();
        using RawPeer listener = RawPeer.Listen(folder.Path);
        await using UdsBackend backend = Backends.To(folder.Path);
        Task<BridgeException> failing = Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(backend, Large));
        await listener.AcceptAsync(maxFrameBytes: Limit);
        Assert.Equal(BridgeFailure.LimitExceeded, (await failing.WaitAsync(Patience, Ending)).Failure);

        Task<int[]> small = ListenerFixture.ReadAsync(backend, ListenerFixture.Request());
        byte[] frame = await listener.ReadAsync(FrameType.Request).WaitAsync(Patience, Ending);
        Assert.InRange(frame.Length, 1, Limit);
        await listener.SendAsync(output =>
        {
            AcceptedFrame.Write(output, 1, new GenerationStart { Model = "" }, "");
            EndFrame.Write(output, 1, new GenerationEnd(FinishReason.Stop, default));
        });
        Assert.Empty(await small.WaitAsync(Patience, Ending));
    }

    [Fact]
    public async Task Details_beyond_the_limit_of_json_fail_their_request_alone()
    {
        await using var fixture = new ListenerFixture();
        fixture.Engine.Answer = (request, _) => Chunks.Of([new InferenceChunk
        {
            Start = Chunks.Start,
            TokenIds = new[] { 1 },
            Reasoning = request.Priority == 1 ? new string('r', WireLimits.MaxJsonBytes) : null,
            End = Chunks.End(1),
        }]);
        await using UdsBackend backend = Backends.To(fixture.Path);
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(backend, ListenerFixture.Request(1)).WaitAsync(Patience, Ending));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
        Assert.Equal(new[] { 1 }, await ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        Assert.Equal(1, fixture.Listener.ConnectionCount);
    }

    private static void Ask(System.Buffers.IBufferWriter<byte> output, string answer)
    {
        switch (answer)
        {
            case "accepted":
                InferenceRequest all = ListenerFixture.Request() with
                    { Output = OutputParts.TokenIds | OutputParts.PromptTokenIds };
                RequestWriter.Write(output, 1, all, 10);
                break;
            case "ids":
                var tokenize = new TokenizeRequest { Model = "m", Prompt = new TextPrompt(new string('x', Many)) };
                RequestWriter.Write(output, 1, tokenize, Patience);
                break;
            case "text":
                // Three bytes a character.
                int[] ids = [.. Enumerable.Repeat(0x20AC, 2 * Many)];
                RequestWriter.Write(output, 1, new DetokenizeRequest { Model = "m", TokenIds = ids }, Patience);
                break;
            case "vectors":
                RequestWriter.Write(output, 1, new EmbeddingRequest { Model = "m", Inputs = [new TextPrompt("x")] });
                break;
            default:
                byte[] which = new Wire.Content.AdapterName { Model = "m" }.Write();
                AdminFrame.Write(output, 1, AdminOperation.AdapterList, Patience, which);
                break;
        }
    }
}
