using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>A server that comes back is found again.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class ReconnectConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Fact]
    public async Task Server_that_comes_back_is_used_again()
    {
        await CompleteAsync(Backend, Request());
        for (int round = 0; round < 3; round++)
        {
            await Harness.KillAsync();
            BridgeException failure = await FailureOf(Backend, Request());
            Assert.Contains(failure.Failure, new[] { BridgeFailure.ConnectionFailed, BridgeFailure.ConnectionLost });
            await Harness.RestartAsync();
            await Harness.BackoffAsync();
            Assert.Equal("0 1 2 ", (await CompleteAsync(Backend, Request())).Text);
        }
    }

    [Fact]
    public async Task Server_that_comes_back_is_probed_as_healthy()
    {
        Assert.True((await Backend.ProbeAsync(Ending)).IsHealthy);
        await Harness.KillAsync();
        Assert.False((await Backend.ProbeAsync(Ending)).IsHealthy);
        await Harness.RestartAsync();
        await Harness.BackoffAsync();
        Assert.True((await Backend.ProbeAsync(Ending)).IsHealthy);
    }

    [Fact]
    public async Task Many_requests_at_once_share_what_it_takes_to_connect()
    {
        await Harness.KillAsync();
        await Harness.RestartAsync();
        await Harness.BackoffAsync();
        Engine.Answer = (_, _) => Chunks.Of(Chunks.Tokens(3));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => CompleteAsync(Backend, Request())))
            .WaitAsync(Patience, Ending);
    }
}
