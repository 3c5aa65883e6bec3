using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Routing;

public sealed class DeadlineTests
{
    private static readonly DeadlineBudgets Budgets = new()
    {
        FirstToken = TimeSpan.FromSeconds(5),
        Idle = TimeSpan.FromSeconds(2),
        Total = TimeSpan.FromSeconds(60),
    };

    private static readonly InferenceRequest Request = RouterFixture.Request with { Deadlines = Budgets };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_token_budget_ends_the_attempt_in_the_engine_and_moves_on()
    {
        var hanging = new TaskCompletionSource();
        var frozen = new FakeBackend((_, token) => Chunks.ThenHang(hanging, [], token));
        using var fixture = new RouterFixture(frozen, new FakeBackend());

        Task<InferenceResult> answer = StreamAsync(fixture);
        await hanging.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        InferenceResult result = await answer;

        Assert.Equal("e1", result.Start.Engine);
        Assert.Equal(BridgeFailure.DeadlineExceeded, result.Start.Attempts[0].Failure);
        Assert.True(frozen.LastToken.IsCancellationRequested);
        Assert.Equal(1, frozen.Disposed);
    }

    [Fact]
    public async Task First_token_budget_of_the_only_backend_is_a_typed_failure()
    {
        var hanging = new TaskCompletionSource();
        using var fixture = new RouterFixture(new FakeBackend((_, token) => Chunks.ThenHang(hanging, [], token)));

        Task<InferenceResult> answer = StreamAsync(fixture);
        await hanging.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() => answer);

        Assert.Equal((BridgeFailure.DeadlineExceeded, FailureStage.Prefill), (failure.Failure, failure.Stage));
        Assert.Single(failure.Attempts);
    }

    [Fact]
    public async Task First_token_budget_does_not_limit_the_stream_after_it()
    {
        var hanging = new TaskCompletionSource();
        var backend = new FakeBackend((_, token) => Chunks.ThenHang(hanging, ["a"], token));
        using var fixture = new RouterFixture(backend);
        await using IAsyncEnumerator<InferenceChunk> chunks = fixture.Router
            .GenerateAsync(Request with { Deadlines = Budgets with { Idle = Timeout.InfiniteTimeSpan } }, Token)
            .GetAsyncEnumerator(Token);

        Assert.True(await chunks.MoveNextAsync());
        ValueTask<bool> next = chunks.MoveNextAsync();
        await hanging.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.False(backend.LastToken.IsCancellationRequested);
        Assert.False(next.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<BridgeException>(async () => await next);
    }

    [Fact]
    public async Task Idle_budget_ends_a_stream_that_went_silent()
    {
        var hanging = new TaskCompletionSource();
        var backend = new FakeBackend((_, token) => Chunks.ThenHang(hanging, ["a"], token));
        using var fixture = new RouterFixture(backend);

        Task<InferenceResult> answer = fixture.Router.CompleteAsync(Request, Token);
        await hanging.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() => answer);

        Assert.Equal((BridgeFailure.DeadlineExceeded, FailureStage.Stream, true),
            (failure.Failure, failure.Stage, failure.OutputCommitted));
        Assert.Contains("2 s", failure.Message, StringComparison.Ordinal);
        Assert.True(backend.LastToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Idle_budget_does_not_count_while_the_caller_is_not_reading()
    {
        using var fixture = new RouterFixture(new FakeBackend((_, _) => Chunks.Of("a", "b")));
        var texts = new List<string?>();

        await foreach (InferenceChunk chunk in fixture.Router.GenerateAsync(Request, Token))
        {
            texts.Add(chunk.Text);
            fixture.Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(["a", "b"], texts);
    }

    [Fact]
    public async Task Total_budget_covers_all_attempts()
    {
        var hanging = new TaskCompletionSource();
        var second = new FakeBackend();
        using var fixture = new RouterFixture(
            new FakeBackend((_, token) => Chunks.ThenHang(hanging, [], token)), second);

        Task<InferenceResult> answer = fixture.Router.CompleteAsync(
            Request with { Deadlines = Budgets with { FirstToken = Timeout.InfiniteTimeSpan } }, Token);
        await hanging.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(60));
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() => answer);

        Assert.Equal(BridgeFailure.DeadlineExceeded, failure.Failure);
        Assert.Contains("total budget of 60 s", failure.Message, StringComparison.Ordinal);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Two_budgets_that_end_together_are_never_a_cancellation()
    {
        for (int round = 0; round < 1_000; round++)
        {
            var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var fixture = new RouterFixture(new FakeBackend((_, token) => HangAndLeave(hanging, token)));

            Task<InferenceResult> answer = StreamAsync(fixture, Budgets with
            {
                Idle = Timeout.InfiniteTimeSpan,
                Total = TimeSpan.FromSeconds(6),
            });
            await hanging.Task;
            fixture.Time.Advance(TimeSpan.FromSeconds(5));
            // The second budget ends at another moment of the first one's way to the caller each time.
            Thread.SpinWait(10 * round);
            fixture.Time.Advance(TimeSpan.FromSeconds(1));

            BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() => answer);
            Assert.Equal(BridgeFailure.DeadlineExceeded, failure.Failure);
            Assert.Single(failure.Attempts);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Caller_who_cancels_gets_cancellation_and_ends_the_request_in_the_engine(int chunksBefore)
    {
        var hanging = new TaskCompletionSource();
        var backend = new FakeBackend((_, token) => Chunks.ThenHang(hanging, chunksBefore == 0 ? [] : ["a"], token));
        var second = new FakeBackend();
        using var fixture = new RouterFixture(backend, second);
        using var caller = new CancellationTokenSource();

        Task<InferenceResult> answer = fixture.Router.CompleteAsync(Request, caller.Token);
        await hanging.Task;
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);

        Assert.True(backend.LastToken.IsCancellationRequested);
        Assert.Equal(1, backend.Disposed);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Caller_who_stops_reading_ends_the_request_in_the_engine()
    {
        var backend = new FakeBackend((_, token) => Chunks.Of("a", "b", "c"));
        using var fixture = new RouterFixture(backend);

        await foreach (InferenceChunk chunk in fixture.Router.GenerateAsync(Request, Token))
        {
            break;
        }

        Assert.Equal(1, backend.Disposed);
    }

    [Fact]
    public async Task Plain_answer_is_not_held_to_the_first_token_budget()
    {
        var hanging = new TaskCompletionSource();
        var backend = new FakeBackend((_, token) => Chunks.ThenHang(hanging, [], token));
        using var fixture = new RouterFixture(backend);

        Task<InferenceResult> answer = fixture.Router.CompleteAsync(Request, Token);
        await hanging.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(backend.LastToken.IsCancellationRequested);

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() => answer);
        Assert.Contains("total budget", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Budget_of_the_callers_own_does_not_make_the_engine_rest()
    {
        var hanging = new TaskCompletionSource();
        bool frozen = true;
        var backend = new FakeBackend((_, token) => frozen ? Chunks.ThenHang(hanging, ["a"], token) : Chunks.Of("b"));
        using var fixture = new RouterFixture(backend, new FakeBackend());

        Task<InferenceResult> answer = fixture.Router.CompleteAsync(Request, Token);
        await hanging.Task;
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<BridgeException>(() => answer);
        frozen = false;
        InferenceResult next = await fixture.Router.CompleteAsync(Request, Token);

        Assert.Equal("e0", next.Start.Engine);
    }

    // On another thread than the one that moves the clock, so that the clock can go on meanwhile.
    private static async IAsyncEnumerable<InferenceChunk> HangAndLeave(
        TaskCompletionSource hanging, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        hanging.SetResult();
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Task.Yield();
            throw;
        }

        yield break;
    }

    private static async Task<InferenceResult> StreamAsync(RouterFixture fixture, DeadlineBudgets? budgets = null)
    {
        var answer = new AnswerBuilder();
        InferenceRequest request = Request with { Deadlines = budgets ?? Budgets };
        await foreach (InferenceChunk chunk in fixture.Router.GenerateAsync(request, Token))
        {
            answer.Add(chunk);
        }

        return answer.Build("");
    }
}
