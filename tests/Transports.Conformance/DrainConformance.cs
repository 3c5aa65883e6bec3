using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>A server that shuts down lets what runs finish and takes nothing new.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class DrainConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Fact]
    public async Task Running_requests_finish_and_new_ones_are_refused()
    {
        Assert.SkipWhen(Harness.CannotDrain is not null, Harness.CannotDrain ?? "");
        using var signal = new SemaphoreSlim(0);
        Engine.Answer = (request, token) => request.Priority == 2
            ? Chunks.Of(Chunks.Tokens(1)) : Chunks.OnSignal(signal, 5, token);
        Task<InferenceResult> running = CompleteAsync(Backend, Request());
        await Engine.OneBegun(Patience);
        Task drained = Harness.DrainAsync(Patience);
        BridgeException refused = await UntilRefusedAsync();
        Assert.Contains(refused.Failure, Harness.FailuresInDrain);
        Assert.True(refused.IsRetrySafe);
        Assert.False(drained.IsCompleted);
        signal.Release(5);
        Assert.Equal(5, (await running.WaitAsync(Patience, Ending)).TokenIds.Count);
        await drained.WaitAsync(Patience, Ending);
    }

    [Fact]
    public async Task What_does_not_finish_in_time_is_ended_as_draining()
    {
        Assert.SkipWhen(Harness.CannotDrain is not null, Harness.CannotDrain ?? "");
        Assert.SkipWhen(Harness.CannotEndDrained is not null, Harness.CannotEndDrained ?? "");
        Engine.Answer = (_, token) => Chunks.ThenStall(1, token);
        Task<BridgeException> running = FailureOf(Backend, Request());
        await Engine.OneBegun(Patience);
        await Harness.DrainAsync(TimeSpan.FromMilliseconds(50)).WaitAsync(Patience, Ending);
        BridgeException failure = await running.WaitAsync(Patience, Ending);
        Assert.Equal(BridgeFailure.Draining, failure.Failure);
        await Engine.OneCancelled(Patience);
    }

    [Fact]
    public async Task Server_without_requests_is_gone_at_once()
    {
        Assert.SkipWhen(Harness.CannotDrain is not null, Harness.CannotDrain ?? "");
        await CompleteAsync(Backend, Request());
        await Harness.DrainAsync(TimeSpan.FromMinutes(10)).WaitAsync(Patience, Ending);
        await FailureOf(Backend, Request());
    }

    // The server may take a moment before it says that it takes nothing new.
    private async Task<BridgeException> UntilRefusedAsync()
    {
        while (true)
        {
            try
            {
                await CompleteAsync(Backend, Request() with { Priority = 2 }).WaitAsync(Patience, Ending);
            }
            catch (BridgeException refused)
            {
                return refused;
            }
        }
    }
}
