using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Health;

namespace ThemisBridge.Core.Tests.Health;

public sealed class PassiveHealthTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Rest_doubles_with_every_outage_up_to_thirty_seconds()
    {
        var health = new PassiveHealth(_time);
        var rests = new List<double>();
        for (int i = 0; i < 7; i++)
        {
            health.ReportFailure(BridgeFailure.ConnectionFailed, null, _time.GetTimestamp());
            double seconds = 0;
            while (!health.TryEnter())
            {
                _time.Advance(TimeSpan.FromSeconds(0.5));
                seconds += 0.5;
            }

            rests.Add(seconds);
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30], rests);
    }

    [Fact]
    public void Only_one_request_tries_a_rested_backend()
    {
        var health = new PassiveHealth(_time);
        health.ReportFailure(BridgeFailure.EngineFailed, null, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(health.TryEnter());
        Assert.False(health.TryEnter());

        health.ReportSuccess();
        Assert.True(health.TryEnter());
        Assert.True(health.TryEnter());
    }

    [Theory]
    [InlineData(BridgeFailure.UnsupportedOption)]
    [InlineData(BridgeFailure.UnknownModel)]
    [InlineData(BridgeFailure.InvalidRequest)]
    public void Failures_of_a_request_do_not_count(BridgeFailure failure)
    {
        var health = new PassiveHealth(_time);

        health.ReportFailure(failure, null, _time.GetTimestamp());

        Assert.True(health.TryEnter());
    }

    [Fact]
    public void Busy_rests_shortly_and_never_long_whatever_the_peer_says()
    {
        var health = new PassiveHealth(_time);

        health.ReportFailure(BridgeFailure.Busy, TimeSpan.FromHours(1), _time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(health.TryEnter());
    }

    [Fact]
    public void Requests_that_one_outage_ends_together_are_one_outage()
    {
        var health = new PassiveHealth(_time);
        long started = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));

        for (int i = 0; i < 6; i++)
        {
            health.ReportFailure(BridgeFailure.ConnectionLost, null, started);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(health.TryEnter());
    }
}
