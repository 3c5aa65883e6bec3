using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>Many answers at once, each in its own order.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class OrderConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    private const int Streams = 64;
    private const int Tokens = 200;

    [Fact]
    public async Task Streams_do_not_mix_and_keep_their_order()
    {
        Engine.Answer = (request, token) => Answer(((TokenPrompt)request.Prompt).TokenIds.Span[0], token);
        InferenceResult[] results = await Task.WhenAll(
            Enumerable.Range(0, Streams).Select(i => CompleteAsync(Backend, Request(i * 1000))))
                .WaitAsync(Patience, Ending);
        foreach ((int i, InferenceResult result) in results.Index())
        {
            Assert.Equal(Enumerable.Range(i * 1000, Tokens), result.TokenIds);
            Assert.Equal(string.Concat(result.TokenIds.Select(id => $"{id} ")), result.Text);
        }
    }

    [Fact]
    public async Task Requests_one_after_the_other_get_their_own_answers()
    {
        Engine.Answer = (request, _) => Chunks.Of(Chunks.Tokens(2, ((TokenPrompt)request.Prompt).TokenIds.Span[0]));
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal([i, i + 1], (await CompleteAsync(Backend, Request(i))).TokenIds);
        }
    }

    private static async IAsyncEnumerable<InferenceChunk> Answer(
        int first, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (InferenceChunk chunk in Chunks.Tokens(Tokens, first))
        {
            if (chunk.TokenIds.Span[0] % 7 == 0)
            {
                await Task.Yield();
            }

            cancellationToken.ThrowIfCancellationRequested();
            yield return chunk;
        }
    }
}
