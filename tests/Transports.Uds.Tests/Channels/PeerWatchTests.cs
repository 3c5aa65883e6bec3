using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Transports.Uds.Channels;

namespace ThemisBridge.Transports.Uds.Tests.Channels;

public sealed class PeerWatchTests
{
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly PeerWatch _watch;

    public PeerWatchTests() => _watch = new PeerWatch(new ConnectionTimes(PingAfter, Silence), _time);

    private long Now => _time.GetTimestamp();

    [Fact]
    public void Silent_peer_is_pinged_and_then_given_up()
    {
        Assert.False(_watch.IsSilent(Now));
        Assert.Equal(PingAfter, UntilDue(isPinging: false));
        _time.Advance(PingAfter);
        Assert.True(_watch.IsSilent(Now));
        _watch.Ping(Now);
        _time.Advance(Silence - Moment);
        Assert.Null(_watch.FaultAt(Now, isPinging: true, null));
        _time.Advance(Moment);
        Assert.NotNull(_watch.FaultAt(Now, isPinging: true, null));
    }

    [Fact]
    public void Peer_that_answers_no_ping_is_given_up_though_something_crossed_the_ping()
    {
        _time.Advance(PingAfter);
        _watch.Ping(Now);
        _time.Advance(Moment);
        _watch.Hear();
        _time.Advance(Silence - Moment);
        Assert.Null(_watch.FaultAt(Now, isPinging: true, null));
        Assert.Equal(Moment, UntilDue(isPinging: true));
        _time.Advance(Moment);
        Assert.NotNull(_watch.FaultAt(Now, isPinging: true, null));
    }

    [Fact]
    public void Peer_that_takes_nothing_is_given_up()
    {
        long since = Now;
        _time.Advance(Silence - Moment);
        _watch.Hear();
        Assert.Null(_watch.FaultAt(Now, isPinging: false, since));
        Assert.Equal(Moment, UntilDue(isPinging: false, since));
        _time.Advance(Moment);
        Assert.NotNull(_watch.FaultAt(Now, isPinging: false, since));
    }

    private TimeSpan UntilDue(bool isPinging, long? stalledSince = null) =>
        _time.GetElapsedTime(Now, _watch.DueAfter(Now, isPinging, stalledSince));
}
