using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Engine;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>What a stream does to the engine behind it: cancelling, walking away, reading slowly, unloading.</summary>
public sealed class StreamTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancelling_ends_the_request_in_the_engine_within_a_step()
    {
        await using NativeBackend backend = TinyEngine.Create();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using IAsyncEnumerator<InferenceChunk> chunks =
            backend.GenerateAsync(Requests.Endless(), cancel.Token).GetAsyncEnumerator(CancellationToken.None);
        await ReadAsync(chunks, 5);

        DecodeThread thread = backend.ThreadOf(TinyEngine.Q8)!;
        await cancel.CancelAsync();
        long steps = thread.Steps;

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ReadAsync(chunks, Outbox.PageTokens * 3));
        Assert.Equal(cancel.Token, error.CancellationToken);
        await AssertIdleAsync(thread, steps);
    }

    [Fact]
    public async Task Leaving_the_stream_ends_the_request_in_the_engine_within_a_step()
    {
        await using NativeBackend backend = TinyEngine.Create();
        IAsyncEnumerator<InferenceChunk> chunks =
            backend.GenerateAsync(Requests.Endless(), Stop).GetAsyncEnumerator(Stop);
        await ReadAsync(chunks, 5);

        DecodeThread thread = backend.ThreadOf(TinyEngine.Q8)!;
        await chunks.DisposeAsync();
        long steps = thread.Steps;

        await AssertIdleAsync(thread, steps);
    }

    [Fact]
    public async Task Cancelled_before_it_begins_it_never_reaches_the_engine()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await backend.CompleteAsync(Requests.Ask(Question.First), Stop);
        long steps = backend.ThreadOf(TinyEngine.Q8)!.Steps;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => backend.CompleteAsync(Requests.Endless(), new CancellationToken(canceled: true)));

        Assert.Equal(steps, backend.ThreadOf(TinyEngine.Q8)!.Steps);
    }

    [Fact]
    public async Task Nothing_happens_before_the_first_chunk_is_asked_for()
    {
        await using NativeBackend backend = TinyEngine.Create();

        _ = backend.GenerateAsync(Requests.Endless() with { Model = "unknown" }, Stop);
        _ = backend.GenerateAsync(Requests.Endless(), Stop).GetAsyncEnumerator(Stop);

        Assert.Null(backend.ThreadOf(TinyEngine.Q8));
    }

    [Fact]
    public async Task Unread_stream_stops_decoding_and_goes_on_when_it_is_read()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await using IAsyncEnumerator<InferenceChunk> stalled =
            backend.GenerateAsync(Requests.Endless(), Stop).GetAsyncEnumerator(Stop);
        int taken = await ReadAsync(stalled, 1);
        DecodeThread thread = backend.ThreadOf(TinyEngine.Q8)!;

        // Every step makes one token here: what was taken, and one full page.
        await WaitForStepsAsync(thread, taken + Outbox.PageTokens);
        for (int i = 0; i < 20; i++)
        {
            await thread.InvokeAsync(_ => 0);
        }

        Assert.Equal(taken + Outbox.PageTokens, thread.Steps);
        await ReadAsync(stalled, Outbox.PageTokens * 4);
        Assert.True(thread.Steps > taken + Outbox.PageTokens);
    }

    [Fact]
    public async Task Unread_stream_does_not_stop_others()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await using IAsyncEnumerator<InferenceChunk> stalled =
            backend.GenerateAsync(Requests.Endless(), Stop).GetAsyncEnumerator(Stop);
        await ReadAsync(stalled, 1);

        InferenceResult other = await backend.CompleteAsync(Requests.Ask(Question.Longest), Stop);

        Assert.Equal(Question.Longest.English, other.Text);
    }

    [Fact]
    public async Task Requests_over_the_queue_limit_are_busy_and_cancelled_ones_leave_the_queue()
    {
        await using NativeBackend backend =
            TinyEngine.Create(options => (options.ParallelRequests, options.QueueLimit) = (1, 1));
        await using IAsyncEnumerator<InferenceChunk> running =
            backend.GenerateAsync(Requests.Endless(), Stop).GetAsyncEnumerator(Stop);
        await ReadAsync(running, 1);
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<InferenceResult> waiting = backend.CompleteAsync(Requests.Ask(Question.First), cancel.Token);
        DecodeThread thread = backend.ThreadOf(TinyEngine.Q8)!;

        BridgeException busy = await Assert.ThrowsAsync<BridgeException>(
            () => backend.CompleteAsync(Requests.Ask(Question.First), Stop));
        Assert.Equal((BridgeFailure.Busy, FailureStage.Admit), (busy.Failure, busy.Stage));
        Assert.Equal((1, 1), thread.Load);
        Assert.Equal((1, 1), await LoadOfAsync(backend));

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal((1, 0), thread.Load);

        // The place is free again, and a request that waits is served once the one before it is over.
        waiting = backend.CompleteAsync(Requests.Ask(Question.First), Stop);
        await running.DisposeAsync();
        Assert.Equal(Question.First.English, (await waiting).Text);
    }

    [Fact]
    public async Task Unloading_ends_running_and_waiting_requests_with_a_typed_failure()
    {
        await using NativeBackend backend = TinyEngine.Create(options => options.ParallelRequests = 1);
        IAsyncEnumerator<InferenceChunk> running =
            backend.GenerateAsync(Requests.Endless(), Stop).GetAsyncEnumerator(Stop);
        await ReadAsync(running, 3);
        Task<InferenceResult> waiting = backend.CompleteAsync(Requests.Ask(Question.First), Stop);

        Assert.True(await backend.UnloadModelAsync(TinyEngine.Q8, Stop));

        BridgeException cut = await Assert.ThrowsAsync<BridgeException>(() => ReadAsync(running, int.MaxValue));
        Assert.Equal((BridgeFailure.AbortedByEngine, FailureStage.Stream), (cut.Failure, cut.Stage));
        Assert.Equal("native", cut.Backend);
        BridgeException never = await Assert.ThrowsAsync<BridgeException>(() => waiting);
        Assert.Equal((BridgeFailure.AbortedByEngine, FailureStage.Prefill), (never.Failure, never.Stage));
        Assert.False(backend.IsModelLoaded(TinyEngine.Q8));
        Assert.Equal(Question.First.English, (await backend.CompleteAsync(Requests.Ask(Question.First), Stop)).Text);
    }

    [Fact]
    public async Task Disposed_backend_ends_requests_and_refuses_new_ones()
    {
        NativeBackend backend = TinyEngine.Create();
        IAsyncEnumerator<InferenceChunk> running =
            backend.GenerateAsync(Requests.Endless(), Stop).GetAsyncEnumerator(Stop);
        await ReadAsync(running, 3);

        await backend.DisposeAsync();

        BridgeException cut = await Assert.ThrowsAsync<BridgeException>(() => ReadAsync(running, int.MaxValue));
        Assert.Equal(BridgeFailure.AbortedByEngine, cut.Failure);
        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(
            () => backend.CompleteAsync(Requests.Ask(Question.First), Stop));
        Assert.Equal(BridgeFailure.Draining, refused.Failure);
    }

    [Fact]
    public async Task Reader_continues_on_the_thread_pool_and_never_on_the_decode_thread()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await foreach (
            InferenceChunk _ in backend.GenerateAsync(Requests.Ask(Question.Longest), Stop).ConfigureAwait(false))
        {
            Assert.True(Thread.CurrentThread.IsThreadPoolThread);
        }
    }

    private static async Task<(int?, int?)> LoadOfAsync(NativeBackend backend)
    {
        BackendHealth health = await backend.ProbeAsync(Stop);
        Assert.True(health.IsHealthy);
        return (health.Running, health.Waiting);
    }

    /// <summary>Reads chunks until that many tokens have come.</summary>
    private static async Task<int> ReadAsync(IAsyncEnumerator<InferenceChunk> chunks, int tokens)
    {
        int count = 0;
        while (count < tokens)
        {
            Assert.True(await chunks.MoveNextAsync());
            count += chunks.Current.TokenIds.Length;
        }

        return count;
    }

    private static async Task WaitForStepsAsync(DecodeThread thread, long steps)
    {
        while (thread.Steps < steps)
        {
            await thread.InvokeAsync(_ => 0);
            Stop.ThrowIfCancellationRequested();
        }
    }

    // At most the step that had begun is made, and then no more.
    private static async Task AssertIdleAsync(DecodeThread thread, long steps)
    {
        while (thread.Load.Running > 0)
        {
            await thread.InvokeAsync(_ => 0);
            Stop.ThrowIfCancellationRequested();
        }

        long after = thread.Steps;
        Assert.InRange(after, steps, steps + 1);
        await thread.InvokeAsync(_ => 0);
        Assert.Equal(after, thread.Steps);
    }
}
