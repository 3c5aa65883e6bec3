using System.Buffers;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>A peer that owns its half of the memory and does with it what it likes.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("THEMIS_TEST_LONG") == "1" ? 2_000 : 100;

    private readonly SocketFolder _folder = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Attacks =>
        ["tail jumps", "tail backwards", "tail unaligned", "zeros", "head jumps", "head backwards", "socket"];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Client_that_breaks_a_rule_ends_its_own_connection_alone(string attack)
    {
        ServedMemory served = new();
        await using ListenerFixture fixture = served.Fixture;
        await using UdsBackend other = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        using (OwnSegment client = await OwnSegment.ClientAsync(fixture.Path))
        {
            await ExchangeAsync(client);
            Attack(client, attack);
            await client.UntilClosedAsync();
        }

        Assert.Equal(new[] { 0, 1, 2 }, await ListenerFixture.ReadAsync(other, ListenerFixture.Request()));
        await Kills.UntilAsync(() => Task.FromResult(served.Upgrade.SegmentCount == 1));
        Assert.DoesNotContain(fixture.Logs.GetSnapshot(), entry => entry.Level >= LogLevel.Error);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Listener_that_breaks_a_rule_fails_every_request_typed(string attack)
    {
        using RawPeer listening = RawPeer.Listen(_folder.Path);
        await using UdsBackend backend = Backends.To(_folder.Path, upgrades: Upgrades.Make());
        Task<int[]>[] asking =
            [.. Enumerable.Range(0, 3).Select(_ => ListenerFixture.ReadAsync(backend, ListenerFixture.Request()))];
        using OwnSegment listener = await OwnSegment.AcceptAsync(listening);
        await Kills.UntilAsync(() => Task.FromResult(
            listener.Reader.Look(out int available) is null && available > 0));
        listener.Reader.Read(new byte[SegmentLayout.MinRingBytes]);
        listener.Send(output => PingFrame.Write(output, FrameType.Ping, 1));
        await Kills.UntilAsync(() => Task.FromResult(listener.Reader.HasNews));
        Attack(listener, attack);
        foreach (Task<int[]> one in asking)
        {
            BridgeException failure = await Assert.ThrowsAsync<BridgeException>(
                () => one.WaitAsync(Kills.Patience, Ending));
            Assert.Equal(BridgeFailure.ProtocolViolation, failure.Failure);
        }
    }

    // Whatever the reader looked at is a private copy: a peer that changes it meanwhile gets an answer or an end.
    [Fact]
    public async Task Headers_that_change_while_they_are_read_harm_nobody()
    {
        ServedMemory served = new();
        await using ListenerFixture fixture = served.Fixture;
        await using UdsBackend other = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        int seed = Environment.TickCount;
        TestContext.Current.AddAttachment("seed", $"{seed}");
        var random = new Random(seed);
        var request = new ArrayBufferWriter<byte>();
        RequestWriter.Write(request, 1, ListenerFixture.Request() with { Stream = false }, 64);
        for (int round = 0; round < Rounds; round++)
        {
            using OwnSegment client = await OwnSegment.ClientAsync(fixture.Path);
            client.Send(output =>
            {
                for (int i = 0; i < 200; i++)
                {
                    PingFrame.Write(output, FrameType.Ping, (ulong)i);
                    output.Write(request.WrittenSpan);
                }
            });
            for (int i = 0; i < 2000; i++)
            {
                client.Data[random.Next(20_000)] = (byte)random.Next(256);
            }
        }

        await Kills.UntilAsync(() => Task.FromResult(served.Upgrade.SegmentCount == 0));
        Assert.Equal(new[] { 0, 1, 2 }, await ListenerFixture.ReadAsync(other, ListenerFixture.Request()));
        Assert.DoesNotContain(fixture.Logs.GetSnapshot(), entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Client_that_stops_reading_is_given_up_and_others_are_served()
    {
        ServedMemory served = new(options =>
        {
            options.PingAfter = TimeSpan.FromMilliseconds(100);
            options.SilenceTimeout = TimeSpan.FromMilliseconds(300);
        });
        await using ListenerFixture fixture = served.Fixture;
        fixture.Engine.Answer = (request, token) =>
            request.Priority == 7 ? Chunks.Of(Chunks.Tokens(3)) : Chunks.Endless(token);
        using OwnSegment deaf = await OwnSegment.ClientAsync(fixture.Path);
        deaf.Send(output => RequestWriter.Write(output, 1, ListenerFixture.Request(), 1 << 20));
        await deaf.UntilClosedAsync();
        await using UdsBackend other = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        Assert.Equal(new[] { 0, 1, 2 }, await ListenerFixture.ReadAsync(other, ListenerFixture.Request(7)));
    }

    [Fact]
    public async Task Listener_that_beats_no_more_fails_its_requests_in_time()
    {
        using RawPeer listening = RawPeer.Listen(_folder.Path);
        await using UdsBackend backend = Backends.To(_folder.Path, options =>
        {
            options.PingAfter = TimeSpan.FromMilliseconds(100);
            options.SilenceTimeout = TimeSpan.FromMilliseconds(300);
        }, upgrades: Upgrades.Make());
        Task<int[]> asking = ListenerFixture.ReadAsync(backend, ListenerFixture.Request());
        using OwnSegment listener = await OwnSegment.AcceptAsync(listening);
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(
            () => asking.WaitAsync(Kills.Patience, Ending));
        Assert.Equal(BridgeFailure.ConnectionLost, failure.Failure);
        Assert.Contains("ping", failure.Message, StringComparison.Ordinal);
    }

    private static async Task ExchangeAsync(OwnSegment client)
    {
        client.Send(output => PingFrame.Write(output, FrameType.Ping, 1));
        await Kills.UntilAsync(() => Task.FromResult(
            client.Reader.Look(out int available) is null && available > 0));
        client.Reader.Read(new byte[SegmentLayout.MinRingBytes]);
        client.Send(output => PingFrame.Write(output, FrameType.Ping, 2));
        await Kills.UntilAsync(() => Task.FromResult(client.Reader.HasNews));
    }

    private static void Attack(OwnSegment peer, string attack)
    {
        int ring = peer.Segment.RingBytes;
        switch (attack)
        {
            case "tail jumps":
                Volatile.Write(ref peer.Tail, peer.Tail + (ulong)ring + 8);
                break;
            case "tail backwards":
                Volatile.Write(ref peer.Tail, peer.Tail - 8);
                break;
            case "tail unaligned":
                Volatile.Write(ref peer.Tail, peer.Tail + 1);
                break;
            case "zeros":
                Volatile.Write(ref peer.Tail, peer.Tail + 64);
                break;
            case "socket":
                peer.Socket.Send(new byte[1]);
                break;
            default:
                AttackHead(peer, attack == "head jumps");
                return;
        }

        peer.Ring();
    }

    // The writer looks at this index only when the ring seems full: pings are answered until it does.
    private static void AttackHead(OwnSegment peer, bool jumps)
    {
        ulong head = peer.Head;
        if (jumps)
        {
            Volatile.Write(ref peer.Head, head + (ulong)peer.Segment.RingBytes + 8);
        }
        else
        {
            Flood(peer);
            Assert.Null(peer.Reader.Look(out int available));
            Assert.Equal(peer.Segment.RingBytes, available);
            peer.Reader.Read(new byte[available]);
            peer.Reader.TakeSpaceWanted();
            peer.Ring();
            // What comes now was written after a look at the index, which is taken back here.
            SpinWait.SpinUntil(() => peer.Reader.HasNews, Kills.Patience);
            Volatile.Write(ref peer.Head, head);
        }

        Flood(peer);
    }

    private static void Flood(OwnSegment peer)
    {
        var output = new ArrayBufferWriter<byte>();
        PingFrame.Write(output, FrameType.Ping, 9);
        // As many answers as fill the ring that the other side writes.
        for (int i = 0; i < (2 * peer.Segment.RingBytes / output.WrittenCount) && IsOpen(peer); i++)
        {
            while (peer.Writer.Write(output.WrittenSpan, out int taken) is null && taken == 0 && IsOpen(peer))
            {
                Thread.Yield();
            }

            peer.Ring();
        }
    }

    private static bool IsOpen(OwnSegment peer) =>
        !peer.Socket.Poll(0, System.Net.Sockets.SelectMode.SelectRead);
}
