using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>A reader that stops holds its engine back and nobody else.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class BackpressureConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Fact]
    public async Task Engine_of_a_reader_that_stops_is_held_back_while_others_go_on()
    {
        Assert.SkipWhen(Harness.CannotHoldBack is not null, Harness.CannotHoldBack ?? "");
        Engine.Answer = (request, token) => request.Priority == 1
            ? Chunks.Endless(token) : Chunks.Of(Chunks.Tokens(500));
        IAsyncEnumerator<InferenceChunk> stopped =
            Backend.GenerateAsync(Request() with { Priority = 1 }, Ending).GetAsyncEnumerator(Ending);
        await using IAsyncDisposable owned = stopped;
        Assert.True(await stopped.MoveNextAsync());
        int taken = stopped.Current.TokenIds.Length;
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(500, (await CompleteAsync(Backend, Request()).WaitAsync(Patience, Ending)).TokenIds.Count);
        }

        int ahead = Engine.ChunksGiven - (20 * 500) - taken;
        Assert.InRange(ahead, 0, Harness.MostChunksAhead);
    }

    [Fact]
    public async Task Slow_reader_gets_everything_in_order()
    {
        Engine.Answer = (_, _) => Chunks.Of(Chunks.Tokens(Harness.MostChunksAhead * 3));
        var seen = new List<int>();
        await foreach (InferenceChunk chunk in Backend.GenerateAsync(Request(), Ending))
        {
            seen.AddRange(chunk.TokenIds.Span);
            await Task.Yield();
        }

        Assert.Equal(Enumerable.Range(0, Harness.MostChunksAhead * 3), seen);
    }

    [Fact]
    public async Task Reader_that_goes_on_after_a_stop_gets_the_rest()
    {
        int count = Harness.MostChunksAhead + 5000;
        Engine.Answer = (request, _) => Chunks.Of(Chunks.Tokens(request.Priority == 1 ? count : 10));
        var answer = new AnswerBuilder();
        bool hasStopped = false;
        await foreach (InferenceChunk chunk in Backend.GenerateAsync(Request() with { Priority = 1 }, Ending))
        {
            answer.Add(chunk);
            if (!hasStopped)
            {
                // Others running through prove that time has passed for the engine.
                await CompleteAsync(Backend, Request());
                hasStopped = true;
            }
        }

        Assert.Equal(count, answer.Build("test").TokenIds.Count);
    }
}
