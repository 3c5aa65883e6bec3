using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>The models of a backend by name: those that are loaded, and those that are loaded when first asked for.
/// </summary>
internal sealed class ModelTable
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, ModelHost> _hosts = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, ModelSource> _configured;
    private readonly ModelHostSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action _changed;
    private bool _closed;

    /// <summary>Creates the table; nothing is loaded yet.</summary>
    /// <param name="configured">Models to load when they are asked for, by name.</param>
    /// <param name="settings">What their hosts share.</param>
    /// <param name="time">The clock of idle contexts.</param>
    /// <param name="logger">Where hosts log.</param>
    /// <param name="changed">Called when a model was loaded or unloaded.</param>
    public ModelTable(
        IReadOnlyDictionary<string, ModelSource> configured, ModelHostSettings settings, TimeProvider time,
        ILogger logger, Action changed)
    {
        _changed = changed;
        _configured = configured;
        _settings = settings;
        _time = time;
        _logger = logger;
    }

    /// <summary>The hosts of models that are loaded or being loaded, in the order of their names.</summary>
    public IReadOnlyList<ModelHost> Hosts
    {
        get
        {
            lock (_gate)
            {
                return [.. _hosts.Values];
            }
        }
    }

    /// <summary>The host of a model that is loaded or being loaded; or null.</summary>
    public ModelHost? Find(string name)
    {
        lock (_gate)
        {
            return _hosts.GetValueOrDefault(name);
        }
    }

    /// <summary>The host of a model, which begins to load when it is configured and not loaded yet.</summary>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.UnknownModel"/>.</exception>
    public ModelHost FindOrStart(string name)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_hosts.TryGetValue(name, out ModelHost? host)
                && _configured.TryGetValue(name, out ModelSource? source))
            {
                host = Start(source);
            }

            host?.IsShared = true;
            return host ?? throw new BridgeException(
                BridgeFailure.UnknownModel, FailureStage.Admit,
                $"The engine {_settings.Backend} has no model {name}. Configure it or load it first.")
            { Parameter = "model", Backend = _settings.Backend };
        }
    }

    /// <summary>The host of a source, and whether this call started it.</summary>
    /// <exception cref="BridgeException">The name is taken by another source.</exception>
    public (ModelHost Host, bool IsNew) FindOrStart(ModelSource source)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_hosts.TryGetValue(source.Name, out ModelHost? host))
            {
                return (Start(source), true);
            }

            if (host.Source != source)
            {
                throw Refusal.InvalidRequest(
                    "name", $"Another model is loaded as {source.Name}. Unload it first, or choose another name.");
            }

            host.IsShared = true;
            return (host, false);
        }
    }

    /// <summary>Stops a model. False when it was not there.</summary>
    public Task<bool> StopAsync(string name) => StopAsync(name, _ => true);

    /// <summary>Stops a model that whoever started it does not want any more, unless somebody else asked for it.
    /// </summary>
    public Task<bool> AbandonAsync(ModelHost host) =>
        StopAsync(host.Source.Name, present => present == host && !host.IsShared);

    private async Task<bool> StopAsync(string name, Func<ModelHost, bool> isMeant)
    {
        ModelHost? host;
        lock (_gate)
        {
            if (!_hosts.TryGetValue(name, out host) || !isMeant(host))
            {
                return false;
            }

            _hosts.Remove(name);
        }

        _changed();
        await host.StopAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Stops every model and starts none any more.</summary>
    public async Task CloseAsync()
    {
        ModelHost[] hosts;
        lock (_gate)
        {
            _closed = true;
            hosts = [.. _hosts.Values];
            _hosts.Clear();
        }

        _changed();
        await Task.WhenAll(hosts.Select(host => host.StopAsync())).ConfigureAwait(false);
    }

    private ModelHost Start(ModelSource source)
    {
        ModelHost host = ModelHost.Start(source, _settings, _time, _logger);
        _hosts.Add(source.Name, host);
        _ = FollowAsync(host);
        return host;
    }

    // A model that did not load is tried anew when it is asked for again: the file may have been put right.
    private async Task FollowAsync(ModelHost host)
    {
        await ((Task)host.Loaded).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (host.Loaded.IsFaulted)
        {
            lock (_gate)
            {
                if (_hosts.GetValueOrDefault(host.Source.Name) == host)
                {
                    _hosts.Remove(host.Source.Name);
                }
            }
        }

        _changed();
    }

    private void ThrowIfClosed()
    {
        if (_closed)
        {
            throw new BridgeException(
                BridgeFailure.Draining, FailureStage.Admit,
                $"The engine {_settings.Backend} is shutting down and takes no more requests.")
            { Backend = _settings.Backend };
        }
    }
}
