using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Routing;

public sealed class FailoverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BridgeFailure.ConnectionFailed)]
    [InlineData(BridgeFailure.Busy)]
    [InlineData(BridgeFailure.Draining)]
    [InlineData(BridgeFailure.EngineFailed)]
    [InlineData(BridgeFailure.AbortedByEngine)]
    [InlineData(BridgeFailure.UnsupportedOption)]
    [InlineData(BridgeFailure.UnknownModel)]
    public async Task Failure_of_a_backend_before_the_first_chunk_moves_on(BridgeFailure cause)
    {
        var first = new FakeBackend((_, _) => Chunks.ThenFail(Chunks.Failure(cause)));
        using var fixture = new RouterFixture(first, new FakeBackend());

        InferenceResult result = await fixture.Router.CompleteAsync(RouterFixture.Request, Token);

        Assert.Equal("hello", result.Text);
        Assert.Equal([("r-1", "e0", (BridgeFailure?)cause), ("r-2", "e1", null)],
            result.Start.Attempts.Select(attempt => (attempt.Id, attempt.Engine, attempt.Failure)));
    }

    [Theory]
    [InlineData(BridgeFailure.InvalidRequest)]
    [InlineData(BridgeFailure.ContextLengthExceeded)]
    [InlineData(BridgeFailure.LimitExceeded)]
    public async Task Failure_of_the_request_itself_is_not_tried_elsewhere(BridgeFailure cause)
    {
        var second = new FakeBackend();
        using var fixture = new RouterFixture(
            new FakeBackend((_, _) => Chunks.ThenFail(Chunks.Failure(cause, FailureStage.Admit))), second);

        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Router.CompleteAsync(RouterFixture.Request, Token));

        Assert.Equal((cause, false), (failure.Failure, failure.IsRetrySafe));
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Failure_after_the_first_chunk_is_not_tried_elsewhere_and_says_that_output_was_committed()
    {
        var second = new FakeBackend();
        using var fixture = new RouterFixture(
            new FakeBackend((_, _) => Chunks.ThenFail(Chunks.Failure(BridgeFailure.ConnectionLost), "par", "tial")),
                second);
        var seen = new List<string?>();

        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (InferenceChunk chunk in fixture.Router.GenerateAsync(RouterFixture.Request, Token))
            {
                seen.Add(chunk.Text);
            }
        });

        Assert.Equal(["par", "tial"], seen);
        Assert.Equal((BridgeFailure.ConnectionLost, true, false),
            (failure.Failure, failure.OutputCommitted, failure.IsRetrySafe));
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task All_backends_fail_gives_the_last_failure_with_every_attempt()
    {
        using var fixture = new RouterFixture(
            new FakeBackend((_, _) => Chunks.ThenFail(Chunks.Failure(BridgeFailure.ConnectionFailed))),
            new FakeBackend((_, _) => Chunks.ThenFail(Chunks.Failure(BridgeFailure.Busy))));

        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Router.CompleteAsync(RouterFixture.Request, Token));

        Assert.Equal(BridgeFailure.Busy, failure.Failure);
        Assert.Equal([BridgeFailure.ConnectionFailed, BridgeFailure.Busy],
            failure.Attempts.Select(attempt => attempt.Failure!.Value));
    }

    [Fact]
    public async Task Exception_that_no_backend_should_throw_is_translated_and_tried_elsewhere()
    {
        using var fixture = new RouterFixture(
            new FakeBackend((_, _) => Chunks.ThenFail(new InvalidOperationException("bug"))), new FakeBackend());

        InferenceResult result = await fixture.Router.CompleteAsync(RouterFixture.Request, Token);

        Assert.Equal(BridgeFailure.EngineFailed, result.Start.Attempts[0].Failure);
    }

    [Fact]
    public async Task Backend_that_failed_is_left_for_a_second_then_tried_again_and_forgiven()
    {
        bool down = true;
        var first = new FakeBackend((_, _) =>
            down ? Chunks.ThenFail(Chunks.Failure(BridgeFailure.ConnectionFailed)) : Chunks.Of("back"));
        using var fixture = new RouterFixture(first, new FakeBackend());

        await fixture.Router.CompleteAsync(RouterFixture.Request, Token);
        InferenceResult resting = await fixture.Router.CompleteAsync(RouterFixture.Request, Token);
        down = false;
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        InferenceResult trial = await fixture.Router.CompleteAsync(RouterFixture.Request, Token);

        Assert.Equal(["e1"], resting.Start.Attempts.Select(attempt => attempt.Engine));
        Assert.Equal("back", trial.Text);
        Assert.Equal(2, first.Requests.Count);
    }

    [Fact]
    public async Task Busy_backend_is_left_as_long_as_it_asked()
    {
        var busy = new FakeBackend((_, _) => Chunks.ThenFail(
            Chunks.Failure(BridgeFailure.Busy, FailureStage.Admit, TimeSpan.FromSeconds(3))));
        using var fixture = new RouterFixture(busy, new FakeBackend());

        await fixture.Router.CompleteAsync(RouterFixture.Request, Token);
        fixture.Time.Advance(TimeSpan.FromSeconds(2.9));
        await fixture.Router.CompleteAsync(RouterFixture.Request, Token);
        Assert.Single(busy.Requests);

        fixture.Time.Advance(TimeSpan.FromSeconds(0.2));
        await fixture.Router.CompleteAsync(RouterFixture.Request, Token);
        Assert.Equal(2, busy.Requests.Count);
    }

    [Fact]
    public async Task Resting_backends_are_asked_all_the_same_when_no_other_remains()
    {
        bool down = true;
        using var fixture = new RouterFixture(new FakeBackend((_, _) =>
            down ? Chunks.ThenFail(Chunks.Failure(BridgeFailure.ConnectionFailed)) : Chunks.Of("back")));

        await Assert.ThrowsAsync<BridgeException>(() => fixture.Router.CompleteAsync(RouterFixture.Request, Token));
        down = false;
        InferenceResult result = await fixture.Router.CompleteAsync(RouterFixture.Request, Token);

        Assert.Equal("back", result.Text);
    }
}
