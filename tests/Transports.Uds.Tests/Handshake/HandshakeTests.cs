using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Tests.Conformance;
using ThemisBridge.Transports.Uds.Tests.Faults;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests.Handshake;

public sealed class HandshakeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_that_says_nothing_is_closed()
    {
        await using var fixture =
            new ListenerFixture(options => options.HandshakeTimeout = TimeSpan.FromMilliseconds(100));
        using RawPeer silent = await RawPeer.ConnectAsync(fixture.Path);
        await silent.UntilClosedAsync().WaitAsync(Patience, Ending);
    }

    [Fact]
    public async Task Client_of_another_protocol_is_told_and_closed()
    {
        await using var fixture = new ListenerFixture();
        using RawPeer stranger = await RawPeer.ConnectAsync(fixture.Path);
        await stranger.SendAsync("GET / HTTP/1.1\r\n"u8.ToArray());
        byte[] frame = await stranger.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        Assert.Equal(FailureCode.LimitExceeded, CodeOf(frame));
        await stranger.UntilClosedAsync().WaitAsync(Patience, Ending);
    }

    [Fact]
    public async Task Client_of_another_version_is_told_which()
    {
        await using var fixture = new ListenerFixture();
        using RawPeer stranger = await RawPeer.ConnectAsync(fixture.Path);
        var output = new ArrayBufferWriter<byte>();
        new HelloFrame { Role = PeerRole.Client }.Write(output);
        byte[] hello = output.WrittenSpan.ToArray();
        hello[16] = 2;
        await stranger.SendAsync(hello);
        byte[] frame = await stranger.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
        Assert.Equal((0u, FailureCode.ProtocolViolation), (error.Handle, error.Code));
        Assert.Contains("version 2", error.ToException("").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hello_that_comes_byte_by_byte_is_understood()
    {
        await using var fixture = new ListenerFixture();
        using RawPeer slow = await RawPeer.ConnectAsync(fixture.Path);
        var output = new ArrayBufferWriter<byte>();
        new HelloFrame { Role = PeerRole.Client }.Write(output);
        for (int i = 0; i < output.WrittenCount; i++)
        {
            await slow.SendAsync(output.WrittenMemory.Slice(i, 1));
        }

        Assert.Equal(FrameType.Hello, (await slow.ReadAsync().WaitAsync(Patience, Ending)).Type);
    }

    [Fact]
    public async Task Nothing_of_the_caller_is_sent_before_the_listeners_hello()
    {
        using var folder = new SocketFolder();
        using RawPeer listener = RawPeer.Listen(folder.Path);
        await using UdsBackend backend =
            Backends.To(folder.Path, options => options.ConnectTimeout = TimeSpan.FromMilliseconds(300));
        Task<BridgeException> failure = Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        await listener.AcceptSilentlyAsync();
        Assert.Equal(FrameType.Hello, (await listener.ReadAsync()).Type);
        BridgeException lost =
            await Assert.ThrowsAsync<BridgeException>(() => listener.ReadAsync().WaitAsync(Patience, Ending));
        Assert.Equal(BridgeFailure.ConnectionLost, lost.Failure);
        BridgeException seen = await failure.WaitAsync(Patience, Ending);
        Assert.Equal((BridgeFailure.DeadlineExceeded, FailureStage.Connect), (seen.Failure, seen.Stage));
    }

    [Fact]
    public async Task Listener_that_does_not_speak_frames_is_a_protocol_violation()
    {
        using var folder = new SocketFolder();
        using RawPeer listener = RawPeer.Listen(folder.Path);
        await using UdsBackend backend = Backends.To(folder.Path);
        Task<BridgeException> failure = Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        await listener.AcceptSilentlyAsync();
        await listener.SendAsync(new byte[16]);
        Assert.Equal(BridgeFailure.ProtocolViolation, (await failure.WaitAsync(Patience, Ending)).Failure);
    }

    [Theory]
    [InlineData("major", "version 2")]
    [InlineData("required", "SharedMemory")]
    [InlineData("header", "type")]
    public async Task Listener_whose_hello_is_not_liked_is_told_why(string fault, string reason)
    {
        using var folder = new SocketFolder();
        using RawPeer listener = RawPeer.Listen(folder.Path);
        await using UdsBackend backend = Backends.To(folder.Path);
        Task<BridgeException> failure = Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        await listener.AcceptSilentlyAsync();
        Assert.Equal(FrameType.Hello, (await listener.ReadAsync()).Type);
        WireFeatures features = fault == "required" ? WireFeatures.SharedMemory : WireFeatures.None;
        var output = new ArrayBufferWriter<byte>();
        new HelloFrame { Role = PeerRole.Listener, MaxRequests = 1, Offered = features, Required = features }
            .Write(output);
        byte[] hello = output.WrittenSpan.ToArray();
        hello[16] = (byte)(fault == "major" ? 2 : 1);
        hello[4] = (byte)(fault == "header" ? 0 : hello[4]);
        await listener.SendAsync(hello);

        byte[] told = await listener.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        Assert.Null(ErrorFrame.Read(told, out ErrorFrame error));
        Assert.Equal((0u, FailureCode.ProtocolViolation, StageCode.Connect), (error.Handle, error.Code, error.Stage));
        Assert.Contains(reason, error.ToException("").Message, StringComparison.Ordinal);
        await listener.UntilClosedAsync().WaitAsync(Patience, Ending);
        Assert.Equal(BridgeFailure.ProtocolViolation, (await failure.WaitAsync(Patience, Ending)).Failure);
    }

    [Fact]
    public async Task Client_that_requires_what_is_not_offered_is_told_and_closed()
    {
        await using var fixture = new ListenerFixture();
        using RawPeer client = await RawPeer.ConnectAsync(fixture.Path);
        await client.SendAsync(output => new HelloFrame
        {
            Role = PeerRole.Client,
            Offered = WireFeatures.SharedMemory,
            Required = WireFeatures.SharedMemory,
        }.Write(output));
        (FrameType type, byte[] told) = await client.ReadAsync().WaitAsync(Patience, Ending);
        Assert.Equal((FrameType.Error, FailureCode.ProtocolViolation), (type, CodeOf(told)));
        await client.UntilClosedAsync().WaitAsync(Patience, Ending);
    }

    [Fact]
    public async Task Connections_beyond_their_limit_are_told_and_closed_and_later_ones_taken()
    {
        await using var fixture = new ListenerFixture(options => options.MaxConnections = 2);
        using RawPeer first = await RawPeer.ClientAsync(fixture.Path);
        RawPeer second = await RawPeer.ClientAsync(fixture.Path);
        using (RawPeer third = await RawPeer.ConnectAsync(fixture.Path))
        {
            Assert.Equal(FailureCode.Busy, CodeOf(await third.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending)));
            await third.UntilClosedAsync().WaitAsync(Patience, Ending);
        }

        await using UdsBackend refused = Backends.To(fixture.Path);
        BridgeException busy = await Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(refused, ListenerFixture.Request()));
        Assert.Equal((BridgeFailure.Busy, FailureStage.Connect), (busy.Failure, busy.Stage));

        second.Dispose();
        await using UdsBackend backend = Backends.To(fixture.Path);
        while (!(await backend.ProbeAsync(Ending)).IsHealthy)
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Feature_that_is_required_and_not_offered_ends_the_handshake_on_either_side()
    {
        await using var fixture = new ListenerFixture();
        await using UdsBackend strict = Backends.To(fixture.Path, upgrades: new SocketTap { IsRequired = true });
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(strict, ListenerFixture.Request()));
        Assert.Equal((BridgeFailure.ProtocolViolation, FailureStage.Connect), (failure.Failure, failure.Stage));

        await using var strictFixture = new ListenerFixture(null, null, new SocketTap { IsRequired = true });
        await using UdsBackend plain = Backends.To(strictFixture.Path);
        failure = await Assert
            .ThrowsAsync<BridgeException>(() => ListenerFixture.ReadAsync(plain, ListenerFixture.Request()));
        Assert.Equal(BridgeFailure.ProtocolViolation, failure.Failure);
        Assert.Contains("SharedMemory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channel_that_an_upgrade_gives_is_used_and_reported()
    {
        var upgrade = new OtherSocketUpgrade();
        await using var fixture = new ListenerFixture(null, null, upgrade);
        await using UdsBackend backend = Backends.To(fixture.Path, upgrades: upgrade);
        Assert.Equal(new[] { 0, 1, 2 }, await ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        Assert.Equal("shm", backend.Descriptor.Kind);
        Assert.Equal(2, upgrade.Channels);
    }

    [Fact]
    public async Task User_that_is_not_listed_is_refused()
    {
        using var folder = new SharedFolder();
        await using var listener = folder.Listen(_ => { });
        int? code = await ChildProcess.ConnectAsAsync(folder.Uid, folder.Uid, folder.Path, null, Ending);
        Assert.SkipWhen(code is null, "only root can run a child as another user who can reach this program");
        Assert.Equal(ChildProcess.CodeOf(BridgeFailure.Unauthorized), code);
    }

    [Theory]
    [InlineData("right", ChildProcess.Fine)]
    [InlineData("wrong", 100 + (int)BridgeFailure.Unauthorized)]
    [InlineData(null, 100 + (int)BridgeFailure.Unauthorized)]
    public async Task Listed_user_needs_the_token(string? shown, int expected)
    {
        using var folder = new SharedFolder();
        await using var listener = folder.Listen(options =>
        {
            options.AllowedUids.Add(folder.Uid);
            options.Group = folder.Uid;
            options.Token = "right";
        });
        int? code = await ChildProcess.ConnectAsAsync(folder.Uid, folder.Uid, folder.Path, shown, Ending);
        Assert.SkipWhen(code is null, "only root can run a child as another user who can reach this program");
        Assert.Equal(expected, code);
    }

    [Fact]
    public async Task Frozen_listener_is_pinged_and_then_given_up()
    {
        var time = new FakeTimeProvider();
        using var folder = new SocketFolder();
        using RawPeer listener = RawPeer.Listen(folder.Path);
        await using UdsBackend backend = Backends.To(folder.Path, time: time);
        Task<BridgeException> failure = Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        await listener.AcceptAsync();
        await listener.ReadAsync(FrameType.Request).WaitAsync(Patience, Ending);
        time.Advance(TimeSpan.FromSeconds(5.1));
        await listener.ReadAsync(FrameType.Ping).WaitAsync(Patience, Ending);
        Assert.False(failure.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10.1));
        BridgeException seen = await failure.WaitAsync(Patience, Ending);
        Assert.Equal((BridgeFailure.ConnectionLost, FailureStage.Admit), (seen.Failure, seen.Stage));
    }

    [Fact]
    public async Task Listener_that_answers_pings_is_kept()
    {
        var time = new FakeTimeProvider();
        using var folder = new SocketFolder();
        using RawPeer listener = RawPeer.Listen(folder.Path);
        await using UdsBackend backend = Backends.To(folder.Path, time: time);
        Task<int[]> answer = ListenerFixture.ReadAsync(backend, ListenerFixture.Request());
        await listener.AcceptAsync();
        await listener.ReadAsync(FrameType.Request).WaitAsync(Patience, Ending);
        for (int i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(5.1));
            byte[] ping = await listener.ReadAsync(FrameType.Ping).WaitAsync(Patience, Ending);
            Assert.Null(PingFrame.Read(ping, out PingFrame seen));
            await listener.SendAsync(output =>
            {
                PingFrame.Write(output, FrameType.Pong, seen.Value);
                PingFrame.Write(output, FrameType.Ping, 99);
            });
            byte[] pong = await listener.ReadAsync(FrameType.Pong).WaitAsync(Patience, Ending);
            Assert.Null(PingFrame.Read(pong, out seen));
            Assert.Equal(99ul, seen.Value);
        }

        Assert.False(answer.IsCompleted);
        await listener.SendAsync(output =>
        {
            AcceptedFrame.Write(output, 1, new GenerationStart { Model = "" }, "");
            EndFrame.Write(output, 1, new GenerationEnd(FinishReason.Stop, default));
        });
        Assert.Empty(await answer.WaitAsync(Patience, Ending));
    }

    private static FailureCode CodeOf(byte[] frame)
    {
        Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
        return error.Code;
    }
}
