using System.Buffers;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>The life of a channel by itself.</summary>
public sealed class RingChannelTests
{
    private const int Batches = 100_000;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    // As when a listener stops while a client shakes hands. Its memory is gone: whoever looked there took the process
    // along.
    [Fact]
    public async Task Channel_that_was_disposed_is_over_when_it_is_started()
    {
        await using ChannelPair pair = await ChannelPair.MakeAsync();
        await pair.Listener.DisposeAsync();
        Assert.Equal(1, pair.Released);
        var sink = new ProbeSink();
        pair.Listener.Start(sink);
        Assert.Null(await sink.Closed.WaitAsync(Kills.Patience, Ending));
        await pair.Listener.DisposeAsync();
        Assert.Equal(1, pair.Released);
    }

    // The thread is the channel's own: nobody is above it to catch anything.
    [Fact]
    public async Task Exception_of_its_user_ends_the_channel_and_not_the_process()
    {
        await using ChannelPair pair = await ChannelPair.MakeAsync();
        var broken = new InvalidDataException("broken");
        var sink = new ProbeSink(() => throw broken);
        var peer = new ProbeSink();
        pair.Listener.Start(sink);
        pair.Client.Start(peer);
        Ping(pair.Client, 1);
        Assert.Same(broken, await sink.Closed.WaitAsync(Kills.Patience, Ending));
        await peer.Closed.WaitAsync(Kills.Patience, Ending);
        await pair.DisposeAsync();
        Assert.Equal(2, pair.Released);
    }

    [Fact]
    public async Task Unsent_bytes_are_never_less_than_nothing()
    {
        await using ChannelPair pair = await ChannelPair.MakeAsync();
        pair.Listener.Start(new ProbeSink());
        pair.Client.Start(new ProbeSink());
        var writing = Task.Run(() =>
        {
            for (int i = 0; i < Batches; i++)
            {
                Ping(pair.Client, 4);
            }
        }, Ending);
        long least = 0;
        while (!writing.IsCompleted)
        {
            least = Math.Min(least, pair.Client.UnsentBytes);
        }

        await writing;
        Assert.Equal(0, least);
    }

    // Its thread lives as long as the connection, and not as the request that happened to open it.
    [Fact]
    public async Task Thread_knows_nothing_of_who_started_it()
    {
        var scope = new AsyncLocal<string?>();
        await using ChannelPair pair = await ChannelPair.MakeAsync();
        var seen = new TaskCompletionSource<string?>();
        scope.Value = "a request";
        pair.Listener.Start(new ProbeSink(() => seen.TrySetResult(scope.Value)));
        Ping(pair.Client, 1);
        Assert.Null(await seen.Task.WaitAsync(Kills.Patience, Ending));
    }

    [Fact]
    public async Task Peer_that_closes_its_socket_and_writes_on_is_gone()
    {
        await using ChannelPair pair = await ChannelPair.MakeAsync();
        var ping = new ArrayBufferWriter<byte>();
        PingFrame.Write(ping, FrameType.Ping, 1);
        RingWriter writer = pair.Memory.Writer(PeerRole.Client);
        Assert.Null(writer.Write(ping.WrittenSpan, out _));
        // There is always more when a batch is over.
        var sink = new ProbeSink(() => writer.Write(ping.WrittenSpan, out _));
        pair.Listener.Start(sink);
        pair.Client.Close();
        Assert.Null(await sink.Closed.WaitAsync(Kills.Patience, Ending));
    }

    private static void Ping(RingChannel channel, int frames)
    {
        lock (channel.Gate)
        {
            for (int i = 0; i < frames; i++)
            {
                PingFrame.Write(channel.Output, FrameType.Ping, (ulong)i);
            }
        }

        channel.Flush();
    }
}
