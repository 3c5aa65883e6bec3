using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Conformance.Engine;

/// <summary>
/// An engine that does what a test says. As the contract allows, the memory of a chunk's ids is overwritten at the next
/// step. Safe for use from many threads.
/// </summary>
public sealed class ScriptedEngine : IInferenceBackend, IAdapterHost
{
    /// <summary>How long a prompt and its answer may be.</summary>
    public const int ContextTokens = 1 << 24;

    private readonly ConcurrentQueue<InferenceRequest> _requests = new();
    private readonly Channel<bool> _begun = Channel.CreateUnbounded<bool>();
    private readonly Channel<bool> _cancelled = Channel.CreateUnbounded<bool>();
    private readonly Channel<bool> _left = Channel.CreateUnbounded<bool>();
    private int _chunks;

    public BackendDescriptor Descriptor { get; set; } = new()
    {
        Id = "scripted",
        Kind = "native",
        Address = "",
        Capabilities = new BackendCapabilities
        {
            Features = Enum.GetValues<BackendFeatures>().Aggregate(BackendFeatures.None, (all, one) => all | one),
        },
        Models = [new ModelDescriptor("m") { MaxContextTokens = ContextTokens }],
    };

    /// <summary>The chunks of an answer. Default: three tokens.</summary>
    public Func<InferenceRequest, CancellationToken, IAsyncEnumerable<InferenceChunk>> Answer { get; set; } =
        (_, _) => Chunks.Of(Chunks.Tokens(3));

    /// <summary>Vectors. Default: the first id of each input and how many it has.</summary>
    public Func<EmbeddingRequest, CancellationToken, Task<EmbeddingResult>> Embed { get; set; } = (request, _) =>
        Task.FromResult(new EmbeddingResult(
            request.Model,
            [.. request.Inputs.Select(IdsOf).Select(ids => new ReadOnlyMemory<float>([ids[0], ids.Length]))],
            new TokenUsage(request.Inputs.Sum(input => IdsOf(input).Length), null, null)));

    /// <summary>Ids. Default: one for each character.</summary>
    public Func<TokenizeRequest, TokenizeResult> Tokenize { get; set; } =
        request => new TokenizeResult(IdsOf(request.Prompt), ContextTokens);

    public BackendHealth Health { get; set; } = new(true, "fine") { Running = 2, Waiting = 1 };

    /// <summary>Loaded adapters.</summary>
    public ConcurrentDictionary<string, AdapterSource> Adapters { get; } = new();

    /// <summary>Every generation asked for so far.</summary>
    public IReadOnlyCollection<InferenceRequest> Requests => _requests;

    /// <summary>How many chunks all answers together have given.</summary>
    public int ChunksGiven => Volatile.Read(ref _chunks);

    /// <summary>Completes when one more generation has begun.</summary>
    public Task OneBegun(TimeSpan patience) => Wait(_begun, patience, "no generation began");

    /// <summary>Completes when one more generation has been left because its token was cancelled.</summary>
    public Task OneCancelled(TimeSpan patience) => Wait(_cancelled, patience, "no generation was cancelled");

    /// <summary>Completes when one more generation has been left, however it ended.</summary>
    public Task OneLeft(TimeSpan patience) => Wait(_left, patience, "no generation was left");

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        _requests.Enqueue(request);
        _begun.Writer.TryWrite(true);
        int[] lent = [];
        try
        {
            IAsyncEnumerable<InferenceChunk> answer = Answer(request, cancellationToken);
            await foreach (InferenceChunk chunk in answer.WithCancellation(cancellationToken))
            {
                lent.AsSpan().Fill(-1);
                lent = chunk.TokenIds.ToArray();
                Interlocked.Increment(ref _chunks);
                yield return chunk with { TokenIds = lent };
            }
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
            {
                _cancelled.Writer.TryWrite(true);
            }

            _left.Writer.TryWrite(true);
        }
    }

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default) =>
        Embed(request, cancellationToken);

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(Tokenize(request));

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(string.Concat(request.TokenIds.ToArray().Select(id => (char)id)));

    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default) => Task.FromResult(Health);

    public Task LoadAdapterAsync(AdapterSource source, CancellationToken cancellationToken = default)
    {
        Adapters[source.Name] = source;
        return Task.CompletedTask;
    }

    public Task<bool> UnloadAdapterAsync(string model, string name, CancellationToken cancellationToken = default) =>
        Task.FromResult(Adapters.TryRemove(name, out _));

    public Task<IReadOnlyList<AdapterSource>> ListAdaptersAsync(
        string model, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<AdapterSource>>([.. Adapters.Values.Where(adapter => adapter.Model == model)]);

    private static int[] IdsOf(Prompt prompt) => prompt is TokenPrompt tokens
        ? tokens.TokenIds.ToArray() : [.. ((TextPrompt)prompt).Text.Select(c => (int)c)];

    private static async Task Wait(Channel<bool> signal, TimeSpan patience, string otherwise)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await signal.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException(otherwise, e);
        }
    }
}
