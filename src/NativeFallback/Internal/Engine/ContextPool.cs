using Microsoft.Extensions.Logging;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>
/// The contexts of one model: one for the base model, one per adapter, one for embeddings, because an adapter and the
/// kind of output are properties of a whole context. Made when first needed. Used by the decode thread alone.
/// </summary>
internal sealed class ContextPool(
    LlamaModelHandle model, string name, ModelLimits limits, bool meanPooling, ILogger logger) : IDisposable
{
    private readonly Dictionary<AdapterEntry, LlamaContext> _adapters = [];
    private LlamaContext? _base;
    private LlamaContext? _embeddings;

    /// <summary>What the model works within.</summary>
    public ModelLimits Limits => limits;

    /// <summary>How many contexts there are.</summary>
    public int Count => _adapters.Count + (_base is null ? 0 : 1) + (_embeddings is null ? 0 : 1);

    /// <summary>The context of an adapter, or of the base model.</summary>
    public LlamaContext For(AdapterEntry? adapter)
    {
        if (adapter is null)
        {
            return _base ??= Create("generation", Generation());
        }

        if (!_adapters.TryGetValue(adapter, out LlamaContext? context))
        {
            context = Create($"adapter {adapter.Source.Name}", Generation());
            try
            {
                context.Apply(adapter.Handle, adapter.Source.Scale);
            }
            catch
            {
                context.Dispose();
                throw;
            }

            _adapters.Add(adapter, context);
        }

        return context;
    }

    /// <summary>The context for embeddings.</summary>
    public LlamaContext ForEmbeddings() => _embeddings ??= Create(
        "embeddings",
        new ContextSpec(
            limits.ContextTokens, limits.Parallel, limits.ContextTokens, limits.Threads, Embeddings: true,
            MeanPooling: meanPooling));

    /// <summary>Frees the context of an adapter that nobody uses any more.</summary>
    public void Close(AdapterEntry adapter)
    {
        if (_adapters.Remove(adapter, out LlamaContext? context))
        {
            Close(context, $"adapter {adapter.Source.Name}");
        }
    }

    /// <summary>Frees the contexts of adapters and embeddings that have not been used since the last call.</summary>
    public void Trim()
    {
        foreach ((AdapterEntry adapter, LlamaContext context) in _adapters.ToArray())
        {
            if (!context.TakeWasUsed())
            {
                Close(adapter);
            }
        }

        if (_embeddings is { } embeddings && !embeddings.TakeWasUsed())
        {
            _embeddings = null;
            Close(embeddings, "embeddings");
        }
    }

    public void Dispose()
    {
        _base?.Dispose();
        _embeddings?.Dispose();
        foreach (LlamaContext context in _adapters.Values)
        {
            context.Dispose();
        }

        _adapters.Clear();
        _base = _embeddings = null;
    }

    private ContextSpec Generation() =>
        new(limits.ContextTokens, limits.Parallel, limits.BatchTokens, limits.Threads);

    private LlamaContext Create(string purpose, ContextSpec spec)
    {
        LlamaContext context = new(model, spec);
        NativeLog.ContextCreated(logger, name, purpose);
        return context;
    }

    private void Close(LlamaContext context, string purpose)
    {
        context.Dispose();
        NativeLog.ContextClosed(logger, name, purpose);
    }
}
