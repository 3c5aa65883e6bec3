using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>Nothing waits for ever: budgets end a request here and in the engine.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class DeadlineConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Fact]
    public async Task Call_that_takes_longer_than_its_budget_fails()
    {
        Engine.Embed = async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            throw new InvalidOperationException();
        };
        BridgeException failure =
            await Assert.ThrowsAsync<BridgeException>(() => Backend.EmbedAsync(new EmbeddingRequest
        {
            Model = "m",
            Inputs = [new TextPrompt("a")],
            Deadlines = new DeadlineBudgets { Total = TimeSpan.FromMilliseconds(100) },
        }, Ending).WaitAsync(Patience, Ending));
        Assert.Equal(BridgeFailure.DeadlineExceeded, failure.Failure);
    }

    [Fact]
    public async Task First_token_that_does_not_come_in_time_fails_the_attempt_and_ends_it_in_the_engine()
    {
        Engine.Answer = (_, token) => Chunks.ThenStall(0, token);
        await using RoutedBackend bridge = RoutedBackend.Over(Backend);
        // On a busy machine a budget may be over before the engine was reached, which then has nothing to end.
        for (var budget = TimeSpan.FromMilliseconds(100); Engine.Requests.Count == 0 && budget < Patience; budget *= 4)
        {
            BridgeException failure = await FailureOf(bridge.Bridge, Request() with
            {
                Deadlines = new DeadlineBudgets { FirstToken = budget },
            });
            Assert.Equal(BridgeFailure.DeadlineExceeded, failure.Failure);
        }

        await Engine.OneCancelled(Patience);
    }

    [Fact]
    public async Task Stream_that_stalls_fails_after_the_tokens_it_gave_and_ends_in_the_engine()
    {
        Engine.Answer = (_, token) => Chunks.ThenStall(2, token);
        await using RoutedBackend bridge = RoutedBackend.Over(Backend);
        int seen = 0;
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (InferenceChunk chunk in bridge.Bridge.GenerateAsync(Request() with
            {
                Deadlines = new DeadlineBudgets { Idle = TimeSpan.FromMilliseconds(200) },
            }, Ending))
            {
                seen += chunk.TokenIds.Length;
            }
        });
        Assert.Equal((BridgeFailure.DeadlineExceeded, FailureStage.Stream, 2), (failure.Failure, failure.Stage, seen));
        await Engine.OneCancelled(Patience);
    }

    [Fact]
    public async Task Answer_within_its_budgets_is_left_alone()
    {
        Engine.Answer = (_, _) => Chunks.Of(Chunks.Tokens(50));
        InferenceResult result = await CompleteAsync(Backend, Request() with
        {
            Deadlines = new DeadlineBudgets
                { Total = Patience, FirstToken = Patience, Idle = Patience, Connect = Patience },
        });
        Assert.Equal(50, result.TokenIds.Count);
    }
}
