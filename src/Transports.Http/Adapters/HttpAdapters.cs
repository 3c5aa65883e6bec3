using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;

namespace ThemisBridge.Transports.Http.Adapters;

/// <summary>
/// The adapters of one vLLM server. An adapter whose content is known by its digest is loaded under
/// <c>name@digest</c>, so that a new version never meets requests of the old one. Loads and unloads go one after the
/// other; requests only look up a name.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing to dispose.")]
internal sealed class HttpAdapters(HttpCaller caller, HttpBackendOptions options, ILogger logger)
{
    /// <summary>What stands between an adapter's name and its digest.</summary>
    public const string DigestSeparator = "@";

    private readonly ConcurrentDictionary<string, HttpAdapter> _loaded = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly AdapterCalls _calls = new(caller, options);

    /// <summary>The name under which the server has an adapter.</summary>
    public static string ServedNameOf(AdapterSource source) =>
        source.Digest is null ? source.Name : source.Name + DigestSeparator + source.Digest;

    /// <summary>The adapter that a request names, counted as in use until it is released; null for one that is not
    /// known here, which the server may know by itself.</summary>
    public HttpAdapter? Use(string? name)
    {
        // One that is being replaced has its successor in its place already.
        while (name is not null && _loaded.TryGetValue(name, out HttpAdapter? adapter))
        {
            if (adapter.TryUse())
            {
                return adapter;
            }
        }

        return null;
    }

    /// <summary>Loads an adapter; nothing happens when it is loaded from the same source.</summary>
    /// <exception cref="BridgeException">The server has not the form it needs, or refused.</exception>
    public async Task LoadAsync(AdapterSource source, CancellationToken cancellationToken)
    {
        if (IsLoaded(source))
        {
            return;
        }

        Check(source);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsLoaded(source))
            {
                return;
            }

            HttpAdapter? old = _loaded.GetValueOrDefault(source.Name);
            string served = ServedNameOf(source);
            if (old is { IsOurs: true } && old.ServedName == served)
            {
                // The same name from another place: vLLM has no room for both.
                await _calls.UnloadAsync(served, cancellationToken).ConfigureAwait(false);
            }

            HttpAdapter adapter = await LoadOrAdoptAsync(source, served, cancellationToken).ConfigureAwait(false);
            _loaded[source.Name] = adapter;
            logger.AdapterLoaded(caller.Backend, adapter.ServedName);
            if (old is not null && old.ServedName != served)
            {
                // Nobody waits for the last request of the old one.
                _ = RetireAsync(old);
            }
            else if (old is not null)
            {
                _ = old.RetireAsync();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Loads what a server that came back does not know any more.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="seenLoads">How often it had been loaded when the server was asked; more now means that another
    /// request has done it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task LoadAgainAsync(HttpAdapter adapter, int seenLoads, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (adapter.Loads == seenLoads && _loaded.GetValueOrDefault(adapter.Source.Name) == adapter)
            {
                logger.AdapterMissing(caller.Backend, adapter.ServedName);
                await _calls.LoadAsync(adapter.ServedName, adapter.Source, cancellationToken).ConfigureAwait(false);
                adapter.Loads++;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Unloads an adapter after its last request. False when there is none.</summary>
    public async Task<bool> UnloadAsync(string name, CancellationToken cancellationToken)
    {
        if (!_loaded.TryRemove(name, out HttpAdapter? adapter))
        {
            return await _calls.UnloadAsync(name, cancellationToken).ConfigureAwait(false);
        }

        await adapter.RetireAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        if (adapter.IsOurs)
        {
            // A server that does not know it any more has unloaded it.
            await UnloadServedAsync(adapter.ServedName, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>The adapters that the server lists for a model.</summary>
    public async Task<IReadOnlyList<AdapterSource>> ListAsync(string model, CancellationToken cancellationToken)
    {
        IReadOnlyList<ServedAdapter> served = await _calls.ListAsync(cancellationToken).ConfigureAwait(false);
        return [.. served.Where(one => one.Parent == model).Select(one =>
            _loaded.Values.FirstOrDefault(known => known.ServedName == one.Name)?.Source
            ?? new AdapterSource { Model = model, Name = one.Name, PeftPath = one.Root })];
    }

    private bool IsLoaded(AdapterSource source) =>
        _loaded.TryGetValue(source.Name, out HttpAdapter? adapter) && adapter.Source == source;

    private void Check(AdapterSource source)
    {
        if (options.Server != HttpServerKind.Vllm)
        {
            throw Refusal.Unsupported(caller.Backend, "adapter",
                "Only vLLM loads adapters over HTTP. Route the request to another engine.");
        }

        if (source.Scale != 1)
        {
            throw Refusal.Unsupported(caller.Backend, "scale",
                $"vLLM applies adapters as they were trained, and {source.Name} has the scale {source.Scale}. Use 1.");
        }
    }

    // A server that loads none at run time may have been started with it.
    private async Task<HttpAdapter> LoadOrAdoptAsync(
        AdapterSource source, string served, CancellationToken cancellationToken)
    {
        BridgeException? refusal = null;
        if (source.PeftPath is not null)
        {
            try
            {
                await _calls.LoadAsync(served, source, cancellationToken).ConfigureAwait(false);
                return new HttpAdapter(source, served, isOurs: true);
            }
            catch (BridgeException e) when (e.Failure == BridgeFailure.UnsupportedOption)
            {
                refusal = e;
            }
        }

        IReadOnlyList<ServedAdapter> all = await _calls.ListAsync(cancellationToken).ConfigureAwait(false);
        ServedAdapter? there = all.FirstOrDefault(one => one.Name == served)
            ?? all.FirstOrDefault(one => one.Name == source.Name);
        return there is not null
            ? new HttpAdapter(source, there.Name, isOurs: false)
            : throw refusal ?? Refusal.Unsupported(caller.Backend, "gguf_path",
                $"vLLM needs the PEFT folder of the adapter {source.Name}, by a path of the server's. Set PeftPath.");
    }

    private async Task RetireAsync(HttpAdapter adapter)
    {
        await adapter.RetireAsync().ConfigureAwait(false);
        if (!adapter.IsOurs)
        {
            return;
        }

        try
        {
            await UnloadServedAsync(adapter.ServedName, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BridgeException e)
        {
            logger.AdapterNotUnloaded(caller.Backend, adapter.ServedName, e.Message);
        }
    }

    private async Task UnloadServedAsync(string served, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // It may have been loaded anew meanwhile.
            if (_loaded.Values.All(other => other.ServedName != served))
            {
                await _calls.UnloadAsync(served, cancellationToken).ConfigureAwait(false);
                logger.AdapterUnloaded(caller.Backend, served);
            }
        }
        finally
        {
            _gate.Release();
        }
    }
}
