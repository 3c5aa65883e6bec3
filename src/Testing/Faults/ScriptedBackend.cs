using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Testing.Faults;

/// <summary>
/// A backend without an engine: a function gives the chunks of each answer. It is strict with its callers: the memory
/// of a chunk's ids is overwritten at the next step, as the contract allows. Safe for use from many threads.
/// </summary>
/// <param name="descriptor">What it says it is.</param>
/// <param name="answer">The chunks for a request, the last one with <see cref="InferenceChunk.End"/>. What it throws is
/// thrown to the caller.</param>
public sealed class ScriptedBackend(
    BackendDescriptor descriptor, Func<InferenceRequest, IEnumerable<InferenceChunk>> answer) : IInferenceBackend
{
    private readonly ConcurrentQueue<InferenceRequest> _requests = new();

    /// <inheritdoc/>
    public BackendDescriptor Descriptor { get; set; } = descriptor;

    /// <summary>The answer to probes. Default: healthy.</summary>
    public BackendHealth Health { get; set; } = new(true, "");

    /// <summary>Every generation asked for so far, in order.</summary>
    public IReadOnlyCollection<InferenceRequest> Requests => _requests;

    /// <summary>Embeds; null refuses by name.</summary>
    public Func<EmbeddingRequest, EmbeddingResult>? Embed { get; set; }

    /// <summary>Tokenizes; null refuses by name.</summary>
    public Func<TokenizeRequest, TokenizeResult>? Tokenize { get; set; }

    /// <summary>Detokenizes; null refuses by name.</summary>
    public Func<DetokenizeRequest, string>? Detokenize { get; set; }

    /// <summary>A backend that answers every request with the same text, one chunk per character.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="model">The model it serves.</param>
    /// <param name="text">The text.</param>
    /// <param name="features">What it says it can do. Default: text and chats in, text out.</param>
    public static ScriptedBackend Saying(string id, string model, string text, BackendFeatures features =
        BackendFeatures.Generate | BackendFeatures.TextPrompt | BackendFeatures.RendersChat
        | BackendFeatures.TextOutput)
    {
        var descriptor = new BackendDescriptor
        {
            Id = id,
            Kind = "scripted",
            Address = "scripted:" + id,
            Capabilities = new() { Features = features },
            Models = [new ModelDescriptor(model)],
        };
        return new(descriptor, request => ChunksOf(model, text));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        _requests.Enqueue(request);
        await Task.Yield();
        int[] ids = [];
        foreach (InferenceChunk chunk in answer(request))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Array.Fill(ids, -1);
            ids = chunk.TokenIds.ToArray();
            yield return chunk with { TokenIds = ids };
        }

        Array.Fill(ids, -1);
    }

    /// <inheritdoc/>
    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(Embed, request, "embeddings", cancellationToken);

    /// <inheritdoc/>
    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(Tokenize, request, "tokenize", cancellationToken);

    /// <inheritdoc/>
    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(Detokenize, request, "detokenize", cancellationToken);

    /// <inheritdoc/>
    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) => Task.FromResult(Health);

    private static IEnumerable<InferenceChunk> ChunksOf(string model, string text)
    {
        GenerationStart? start = new() { Model = model };
        int count = 0;
        foreach (Rune letter in text.EnumerateRunes())
        {
            yield return new InferenceChunk { Text = letter.ToString(), Start = start };
            start = null;
            count++;
        }

        yield return new InferenceChunk
        {
            Start = start,
            End = new GenerationEnd(FinishReason.Stop, new TokenUsage(1, null, count)),
        };
    }

    private async Task<TResult> AnswerAsync<TRequest, TResult>(
        Func<TRequest, TResult>? function, TRequest request, string option, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        return function is null
            ? throw Refusal.Unsupported(Descriptor.Id, option, "The scripted backend was given no function for it.")
            : function(request);
    }
}
