using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>What is too much is refused by name, and costs nobody else anything.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class LimitsConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    protected override int MaxRequests => 4;

    [Fact]
    public async Task Request_over_the_limit_is_refused_and_others_go_on()
    {
        BridgeException failure = await FailureOf(Backend, Request(Harness.IdsOf(RequestLimits.MaxMessageBytes)));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
        Assert.False(failure.IsRetrySafe);
        Assert.Empty(Engine.Requests);
        Assert.Equal("0 1 2 ", (await CompleteAsync(Backend, Request())).Text);
    }

    [Fact]
    public async Task Request_just_under_the_limit_passes()
    {
        int[] ids = Harness.IdsOf(RequestLimits.MaxMessageBytes - (4 * 4096));
        Assert.Equal("0 1 2 ", (await CompleteAsync(Backend, Request(ids))).Text);
        Assert.Equal(ids.Length, ((TokenPrompt)Assert.Single(Engine.Requests).Prompt).TokenIds.Length);
    }

    [Fact]
    public async Task Request_beyond_those_that_may_be_open_is_busy()
    {
        Assert.SkipWhen(Harness.CannotLimitRequests is not null, Harness.CannotLimitRequests ?? "");
        using var signal = new SemaphoreSlim(0);
        Engine.Answer = (_, token) => Chunks.OnSignal(signal, 1, token);
        Task<InferenceResult>[] open =
            [.. Enumerable.Range(0, MaxRequests).Select(_ => CompleteAsync(Backend, Request()))];
        for (int i = 0; i < MaxRequests; i++)
        {
            await Engine.OneBegun(Patience);
        }

        BridgeException failure = await FailureOf(Backend, Request());
        Assert.Equal((BridgeFailure.Busy, FailureStage.Admit), (failure.Failure, failure.Stage));
        signal.Release(MaxRequests);
        await Task.WhenAll(open).WaitAsync(Patience, Ending);
        signal.Release();
        await CompleteAsync(Backend, Request());
    }

    [Fact]
    public async Task Deep_and_wide_content_passes_as_far_as_it_is_permitted()
    {
        var bias = Enumerable.Range(0, RequestLimits.MaxLogitBiasEntries).ToDictionary(id => id, _ => 0.5f);
        string stop = new('x', RequestLimits.MaxStopStringLength);
        await CompleteAsync(Backend, Request() with
        {
            Sampling = new SamplingOptions { LogitBias = bias, Stop = [stop, stop + "", "a", "b"] },
            Tenant = new string('ü', RequestLimits.MaxTenantLength),
            RequestId = new string('r', RequestLimits.MaxRequestIdLength),
        });
        InferenceRequest seen = Assert.Single(Engine.Requests);
        Assert.Equal(bias, seen.Sampling.LogitBias);
        Assert.Equal(RequestLimits.MaxTenantLength, seen.Tenant!.Length);
    }
}
