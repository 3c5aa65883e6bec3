using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>Who leaves ends the request in the engine, and nothing else.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class CancellationConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Fact]
    public async Task Cancelled_token_ends_the_wait_and_the_request_in_the_engine()
    {
        Engine.Answer = (_, token) => Chunks.ThenStall(2, token);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (InferenceChunk chunk in Backend.GenerateAsync(Request(), leaving.Token))
            {
                seen += chunk.TokenIds.Length;
                if (seen == 2)
                {
                    await leaving.CancelAsync();
                }
            }
        });
        await Engine.OneCancelled(Patience);
        await Engine.OneLeft(Patience);
    }

    [Fact]
    public async Task Cancelling_while_waiting_for_the_first_token_ends_the_request_in_the_engine()
    {
        Engine.Answer = (_, token) => Chunks.ThenStall(0, token);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        IAsyncEnumerator<InferenceChunk> chunks =
            Backend.GenerateAsync(Request(), leaving.Token).GetAsyncEnumerator(Ending);
        await using IAsyncDisposable owned = chunks;
        Task<bool> first = chunks.MoveNextAsync().AsTask();
        await Engine.OneBegun(Patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience, Ending));
        await Engine.OneCancelled(Patience);
    }

    [Fact]
    public async Task Leaving_the_enumeration_ends_the_request_in_the_engine()
    {
        Engine.Answer = (_, token) => Chunks.ThenStall(3, token);
        await foreach (InferenceChunk _ in Backend.GenerateAsync(Request(), Ending))
        {
            break;
        }

        await Engine.OneCancelled(Patience);
        await Engine.OneLeft(Patience);
    }

    [Fact]
    public async Task Cancelled_token_sends_nothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (InferenceChunk _ in Backend.GenerateAsync(Request(), new CancellationToken(true)))
            {
                Assert.Fail("A cancelled request gave a chunk.");
            }
        });
        await CompleteAsync(Backend, Request());
        Assert.Single(Engine.Requests);
    }

    [Fact]
    public async Task Nothing_happens_before_the_first_step()
    {
        IAsyncEnumerable<InferenceChunk> never = Backend.GenerateAsync(Request(), Ending);
        await CompleteAsync(Backend, Request());
        Assert.Single(Engine.Requests);
        Assert.NotNull(never);
    }

    [Fact]
    public async Task Others_go_on_when_one_is_cancelled()
    {
        using var signal = new SemaphoreSlim(0);
        Engine.Answer = (request, token) => request.Priority == 1
            ? Chunks.ThenStall(1, token) : Chunks.OnSignal(signal, 10, token);
        Task<InferenceResult> other = CompleteAsync(Backend, Request());
        await Engine.OneBegun(Patience);
        await foreach (InferenceChunk _ in Backend.GenerateAsync(Request() with { Priority = 1 }, Ending))
        {
            break;
        }

        await Engine.OneCancelled(Patience);
        signal.Release(10);
        Assert.Equal(10, (await other.WaitAsync(Patience, Ending)).TokenIds.Count);
    }

    [Fact]
    public async Task Many_requests_that_are_left_leave_nothing_behind()
    {
        Engine.Answer = (_, token) => Chunks.Endless(token);
        for (int i = 0; i < 100; i++)
        {
            await foreach (InferenceChunk _ in Backend.GenerateAsync(Request(), Ending))
            {
                break;
            }
        }

        for (int i = 0; i < 100; i++)
        {
            await Engine.OneLeft(Patience);
        }

        Engine.Answer = (_, _) => Chunks.Of(Chunks.Tokens(3));
        Assert.Equal("0 1 2 ", (await CompleteAsync(Backend, Request())).Text);
    }

    [Fact]
    public async Task Cancelled_call_ends()
    {
        Engine.Embed = async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            throw new InvalidOperationException();
        };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        Task<EmbeddingResult> call = Backend.EmbedAsync(
            new EmbeddingRequest { Model = "m", Inputs = [new TextPrompt("a")] }, leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience, Ending));
    }
}
