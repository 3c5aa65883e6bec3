using System.Buffers;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Win32.SafeHandles;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Kernel;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>Who moves, who stays on the socket, and who is refused.</summary>
public sealed class NegotiationTests : IDisposable
{
    private const int Ring = SegmentLayout.MinRingBytes;

    private readonly SocketFolder _folder = new();
    private readonly FakeLogCollector _logs = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SharedMemoryMode.On, SharedMemoryMode.On, "shm")]
    [InlineData(SharedMemoryMode.Require, SharedMemoryMode.On, "shm")]
    [InlineData(SharedMemoryMode.On, SharedMemoryMode.Require, "shm")]
    [InlineData(SharedMemoryMode.On, SharedMemoryMode.Off, "uds")]
    [InlineData(SharedMemoryMode.Off, SharedMemoryMode.On, "uds")]
    [InlineData(SharedMemoryMode.Require, SharedMemoryMode.Off, null)]
    [InlineData(SharedMemoryMode.Off, SharedMemoryMode.Require, null)]
    public async Task Connection_moves_where_both_want_it(
        SharedMemoryMode client, SharedMemoryMode listener, string? kind)
    {
        SharedMemoryUpgrade served = Upgrades.Make(options => options.Mode = listener);
        await using var fixture = new ListenerFixture(null, null, served);
        await using UdsBackend backend =
            Backends.To(fixture.Path, upgrades: Upgrades.Make(options => options.Mode = client));
        if (kind is null)
        {
            BridgeException refused = await Assert.ThrowsAsync<BridgeException>(
                () => ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
            Assert.Equal(FailureStage.Connect, refused.Stage);
            Assert.Contains("SharedMemory", refused.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(new[] { 0, 1, 2 }, await ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        Assert.Equal(kind, backend.Descriptor.Kind);
        Assert.Equal(kind == "shm" ? 1 : 0, served.SegmentCount);
    }

    [Fact]
    public async Task Connections_beyond_the_segments_stay_on_the_socket()
    {
        SharedMemoryUpgrade served = Upgrades.Make(options => options.MaxSegments = 1, _logs);
        await using var fixture = new ListenerFixture(null, null, served);
        await using (UdsBackend first = Backends.To(fixture.Path, upgrades: Upgrades.Make()))
        {
            await using UdsBackend second = Backends.To(fixture.Path, upgrades: Upgrades.Make());
            Assert.Equal("shm", await KindOf(first));
            Assert.Equal("uds", await KindOf(second));
            Assert.Contains(
                _logs.GetSnapshot(), entry => entry.Message.Contains("all 1 segments", StringComparison.Ordinal));
        }

        // The place of a connection that is gone is free again.
        await Kills.UntilAsync(() => Task.FromResult(served.SegmentCount == 0));
        await using UdsBackend third = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        Assert.Equal("shm", await KindOf(third));
    }

    [Theory]
    [InlineData("unsealed", "not sealed")]
    [InlineData("small", "were said")]
    [InlineData("large", "were said")]
    [InlineData("header", "does not begin")]
    [InlineData("file", "no memory file")]
    [InlineData("offer", "sizes")]
    [InlineData("two", "no offer")]
    [InlineData("none", "no offer")]
    public async Task Segment_that_is_not_as_it_must_be_is_declined_and_the_socket_stays(string fault, string reason)
    {
        using RawPeer listening = RawPeer.Listen(_folder.Path);
        SharedMemoryUpgrade upgrades = Upgrades.Make(null, _logs);
        await using UdsBackend backend = Backends.To(_folder.Path, upgrades: upgrades);
        Task<int[]> asking = ListenerFixture.ReadAsync(backend, ListenerFixture.Request());
        await OwnSegment.GreetAsync(listening);
        await OfferAsync(listening, fault);

        byte[] answer = await listening.ReadAsync(FrameType.Upgrade);
        Assert.Null(UpgradeFrame.Read(answer, out UpgradeFrame upgrade));
        Assert.Equal(UpgradeStep.Decline, upgrade.Step);
        byte[] request = await listening.ReadAsync(FrameType.Request);
        Assert.NotEmpty(request);
        Assert.Contains(reason, Assert.Single(_logs.GetSnapshot()).Message, StringComparison.Ordinal);
        Assert.Contains(reason, upgrades.WhyOnSocket(_folder.Path), StringComparison.Ordinal);
        listening.Dispose();
        Assert.Equal(BridgeFailure.ConnectionLost,
            (await Assert.ThrowsAsync<BridgeException>(() => asking.WaitAsync(Kills.Patience, Ending))).Failure);
    }

    // Nobody would know what an answer to it means: the listener has gone on.
    [Fact]
    public async Task Decline_that_brings_a_descriptor_is_a_decline()
    {
        using RawPeer listening = RawPeer.Listen(_folder.Path);
        await using UdsBackend backend = Backends.To(_folder.Path, upgrades: Upgrades.Make());
        Task<int[]> asking = ListenerFixture.ReadAsync(backend, ListenerFixture.Request());
        await OwnSegment.GreetAsync(listening);
        using SafeFileHandle file = MemoryFile.Create(SegmentLayout.SegmentBytes(Ring));
        var output = new ArrayBufferWriter<byte>();
        UpgradeFrame.Write(output, UpgradeStep.Decline, UpgradeKind.SharedMemory, 0, []);
        Assert.Equal(output.WrittenCount, Descriptors.Send(listening.Socket, output.WrittenSpan, file));
        Assert.Equal(FrameType.Request, (await listening.ReadAsync().WaitAsync(Kills.Patience, Ending)).Type);
        listening.Dispose();
        await Assert.ThrowsAsync<BridgeException>(() => asking.WaitAsync(Kills.Patience, Ending));
    }

    [Fact]
    public async Task Client_that_shows_other_memory_stays_on_the_socket()
    {
        SharedMemoryUpgrade served = Upgrades.Make(null, _logs);
        await using var fixture = new ListenerFixture(null, null, served);
        using RawPeer client = await OwnSegment.HelloAsync(fixture.Path);
        var context = OwnSegment.ContextOf(client, PeerRole.Client);
        (UpgradeMessage offer, SafeFileHandle? file) = await UpgradeMessage.ReadWithFileAsync(context, Ending);
        using (file)
        {
            Assert.Equal(UpgradeStep.Offer, offer.Step);
        }

        await UpgradeMessage.SendAsync(context, UpgradeStep.Accept, new byte[SegmentLayout.AcceptSize], Ending);
        Assert.Equal(UpgradeStep.Decline, (await UpgradeMessage.ReadAsync(context, Ending)).Step);
        await client.SendAsync(output => PingFrame.Write(output, FrameType.Ping, 7));
        Assert.NotEmpty(await client.ReadAsync(FrameType.Pong));
        Assert.Contains("other memory", Assert.Single(_logs.GetSnapshot()).Message, StringComparison.Ordinal);
        Assert.Equal(0, served.SegmentCount);
    }

    [Fact]
    public async Task Memory_is_not_inherited_and_has_no_name()
    {
        string[] before = Directory.GetFileSystemEntries("/dev/shm");
        await using var fixture = new ListenerFixture(null, null, Upgrades.Make());
        await using UdsBackend backend = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        Assert.Equal("shm", await KindOf(backend));
        // Until: what other tests have just mapped has not got its flags yet.
        await Kills.UntilAsync(async () =>
        {
            string[] maps = await File.ReadAllLinesAsync("/proc/self/smaps", Ending);
            int[] ours = [.. Enumerable.Range(0, maps.Length).Where(
                at => maps[at].Contains("memfd:themis-bridge", StringComparison.Ordinal))];
            // dc: not copied on fork. The listener's mapping and the client's.
            return ours.Length >= 2 && ours.All(at => maps.Skip(at)
                .First(line => line.StartsWith("VmFlags:", StringComparison.Ordinal))
                .Contains(" dc", StringComparison.Ordinal));
        });
        Assert.Equal(before, Directory.GetFileSystemEntries("/dev/shm"));
    }

    private static async Task<string> KindOf(UdsBackend backend)
    {
        Assert.NotEmpty(await ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        return backend.Descriptor.Kind;
    }

    private static async Task OfferAsync(RawPeer listening, string fault)
    {
        long size = SegmentLayout.SegmentBytes(Ring) + (fault == "small" ? -4096 : fault == "large" ? 4096 : 0);
        using SafeFileHandle file = fault == "file"
            ? File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite)
            : MemoryFile.Create(size, isSealed: fault != "unsealed");
        if (fault is not ("header" or "file" or "small" or "large"))
        {
            Segment.Create(file, Ring).Dispose();
        }

        var output = new ArrayBufferWriter<byte>();
        UpgradeFrame.Write(output, UpgradeStep.Offer, UpgradeKind.SharedMemory, fault == "none" ? 0 : 1,
            SegmentHeader.Offer(fault == "offer" ? 3 * Ring : Ring));
        if (fault == "none")
        {
            await listening.SendAsync(output.WrittenMemory);
        }
        else if (fault == "two")
        {
            TwoDescriptors.Send(listening.Socket, output.WrittenSpan, file);
        }
        else
        {
            Assert.Equal(output.WrittenCount, Descriptors.Send(listening.Socket, output.WrittenSpan, file));
        }
    }
}
