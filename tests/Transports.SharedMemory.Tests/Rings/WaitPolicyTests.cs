using ThemisBridge.Transports.SharedMemory.Rings;

namespace ThemisBridge.Transports.SharedMemory.Tests.Rings;

public sealed class WaitPolicyTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMicroseconds(50);

    [Fact]
    public void Window_of_zero_never_spins()
    {
        var policy = new WaitPolicy(TimeSpan.Zero);
        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.False(Wait(policy, 0.1)));
    }

    [Fact]
    public void Answers_within_the_window_are_spun_for()
    {
        var policy = new WaitPolicy(Window);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.True(Wait(policy, 1)));
    }

    // Token steps of an engine: spinning never suffices, so nearly none of it is done.
    [Fact]
    public void Answers_after_milliseconds_are_slept_for()
    {
        var policy = new WaitPolicy(Window);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => Wait(policy, 10_000)), 0, 4);
    }

    // Both sides on one core: the peer runs only when this side sleeps.
    [Fact]
    public void Peer_that_needs_this_core_is_given_it()
    {
        var policy = new WaitPolicy(Window);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(_ => Wait(policy, 5, spinHelps: false)), 0, 20);
    }

    [Fact]
    public void Spinning_begins_again_when_waits_become_short()
    {
        var policy = new WaitPolicy(Window);
        for (int i = 0; i < 100; i++)
        {
            Wait(policy, 10_000);
        }

        Assert.InRange(Enumerable.Range(0, 400).Count(_ => Wait(policy, 20)), 200, 400);
    }

    // Plays one wait; true when the policy had it spin.
    private static bool Wait(WaitPolicy policy, double microseconds, bool spinHelps = true)
    {
        bool spins = policy.Next() > 0;
        bool suffices = spins && spinHelps && microseconds < Window.TotalMicroseconds;
        policy.Learn(spins, suffices, TimeSpan.FromMicroseconds(microseconds).Ticks);
        return spins;
    }
}
