namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>The life of a channel by itself.</summary>
public sealed class RingChannelTests
{
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
}
