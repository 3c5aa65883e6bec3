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

    // One that is retired stays until the server has unloaded it, so that an unload that failed can be repeated.
    private readonly ConcurrentDictionary<(string Model, string Name), HttpAdapter> _loaded = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly AdapterCalls _calls = new(caller, options);

    /// <summary>The name under which the server has an adapter.</summary>
    public static string ServedNameOf(AdapterSource source) =>
        source.Digest is null ? source.Name : source.Name + DigestSeparator + source.Digest;

    /// <summary>The adapter that a request names, counted as in use until it is released; null for one that is not
    /// known here, which the server may know by itself.</summary>
    public HttpAdapter? Use(string model, string? name)
    {
        HttpAdapter? seen = null;
        while (name is not null && _loaded.TryGetValue((model, name), out HttpAdapter? adapter) && adapter != seen)
        {
            if (adapter.TryUse())
            {
                return adapter;
            }

            // One that is being replaced has its successor in its place already; one that is being unloaded has none.
            seen = adapter;
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

            HttpAdapter? old = _loaded.GetValueOrDefault(KeyOf(source));
            string served = ServedNameOf(source);
            if (old is { IsOurs: true } && old.ServedName == served && old.Source != source && !IsShared(old))
            {
                // The same name from another place: vLLM has no room for both.
                await _calls.UnloadAsync(served, cancellationToken).ConfigureAwait(false);
                old.IsUnloaded = true;
            }

            HttpAdapter adapter = await LoadOrAdoptAsync(source, served, cancellationToken).ConfigureAwait(false);
            _loaded[KeyOf(source)] = adapter;
            logger.AdapterLoaded(caller.Backend, adapter.ServedName);
            if (old is not null)
            {
                // Nobody waits for the last request of the old one.
                _ = LeaveAsync(old);
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
            if (adapter.Loads == seenLoads && _loaded.GetValueOrDefault(KeyOf(adapter.Source)) == adapter)
            {
                logger.AdapterMissing(caller.Backend, adapter.ServedName);
                await _calls.LoadAsync(adapter.ServedName, adapter.Source, cancellationToken).ConfigureAwait(false);
                adapter.Loads++;
                adapter.IsUnloaded = false;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Unloads an adapter after its last request, also when nobody waits for that any longer. False when there
    /// is none.</summary>
    public async Task<bool> UnloadAsync(string model, string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_loaded.TryGetValue((model, name), out HttpAdapter? adapter))
        {
            return options.Server == HttpServerKind.Vllm
                && await _calls.UnloadAsync(name, cancellationToken).ConfigureAwait(false);
        }

        BridgeException? failure = await LeaveAsync(adapter).WaitAsync(cancellationToken).ConfigureAwait(false);
        return failure is null ? true : throw failure;
    }

    /// <summary>The adapters that the server lists for a model, and those that were loaded here for it.</summary>
    public async Task<IReadOnlyList<AdapterSource>> ListAsync(string model, CancellationToken cancellationToken)
    {
        IReadOnlyList<ServedAdapter> served = await _calls.ListAsync(cancellationToken).ConfigureAwait(false);
        HttpAdapter[] known = [.. _loaded.Values.Where(one => one.Source.Model == model)];
        // A server with several names lists every adapter under the first of them.
        return [.. served
            .Select(one => known.FirstOrDefault(ours => ours.ServedName == one.Name)?.Source
                ?? (one.Parent == model
                    ? new AdapterSource { Model = model, Name = one.Name, PeftPath = one.Root }
                    : null))
            .OfType<AdapterSource>()];
    }

    private static (string Model, string Name) KeyOf(AdapterSource source) => (source.Model, source.Name);

    private bool IsLoaded(AdapterSource source) => _loaded.TryGetValue(KeyOf(source), out HttpAdapter? adapter)
        && adapter.Source == source && !adapter.IsRetired;

    // It may have been loaded anew, or for another model of the same server.
    private bool IsShared(HttpAdapter adapter) =>
        _loaded.Values.Any(other => other != adapter && other.ServedName == adapter.ServedName);

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
        if (there is null)
        {
            throw refusal ?? Refusal.Unsupported(caller.Backend, "gguf_path",
                $"vLLM needs the PEFT folder of the adapter {source.Name}, by a path of the server's. Set PeftPath.");
        }

        return IsSame(there, source)
            ? new HttpAdapter(source, there.Name, isOurs: false)
            : throw Refusal.Unsupported(caller.Backend, "peft_path",
                $"The server loads no adapters at run time, and was started with {there.Name} from {there.Root} instead"
                + $" of {source.PeftPath}. Start it with that one as {served}.");
    }

    // By a digest in its name it is the same one; otherwise the place it came from must tell, where both are known.
    private static bool IsSame(ServedAdapter there, AdapterSource source) =>
        (source.Digest is not null && there.Name == ServedNameOf(source))
        || source.PeftPath is null || there.Root is null || there.Root == source.PeftPath;

    // Tells what failed instead of failing, since nobody may be there to see it.
    private async Task<BridgeException?> LeaveAsync(HttpAdapter adapter)
    {
        await adapter.RetireAsync().ConfigureAwait(false);
        try
        {
            await UnloadServedAsync(adapter).ConfigureAwait(false);
            return null;
        }
        catch (BridgeException e)
        {
            logger.AdapterNotUnloaded(caller.Backend, adapter.ServedName, e.Message);
            return e;
        }
    }

    private async Task UnloadServedAsync(HttpAdapter adapter)
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (adapter is { IsOurs: true, IsUnloaded: false } && !IsShared(adapter))
            {
                // A server that does not know it any more has unloaded it.
                await _calls.UnloadAsync(adapter.ServedName, CancellationToken.None).ConfigureAwait(false);
                adapter.IsUnloaded = true;
                logger.AdapterUnloaded(caller.Backend, adapter.ServedName);
            }

            _loaded.TryRemove(KeyValuePair.Create(KeyOf(adapter.Source), adapter));
        }
        finally
        {
            _gate.Release();
        }
    }
}
