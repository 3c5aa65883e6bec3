using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>What has become of the "process": serving, draining, its engine dead, frozen. Safe for use from many
/// threads.</summary>
internal sealed class VllmLife : IDisposable
{
    private readonly CancellationTokenSource _engine = new();
    private volatile TaskCompletionSource? _frozen;
    private volatile bool _draining;
    private volatile bool _expired;

    /// <summary>Ends when the engine dies; whatever runs in it fails.</summary>
    public CancellationToken EngineDied => _engine.Token;

    public bool IsEngineDead => _engine.IsCancellationRequested;

    /// <summary>Whether new requests are turned away because the server shuts down.</summary>
    public bool IsDraining => _draining;

    /// <summary>What follows when a request meets the dead engine.</summary>
    public Action WhenMet { get; set; } = () => { };

    public Task KillEngineAsync() => _engine.CancelAsync();

    /// <summary>Takes note of an error before it is told.</summary>
    public void Note(VllmError error)
    {
        if (IsEngineDead && error.IsOfEngine)
        {
            WhenMet();
        }
    }

    public void Drain() => _draining = true;

    public void EndDrain() => _expired = true;

    /// <summary>Stops every byte until <see cref="Thaw"/>.</summary>
    public void Freeze() => _frozen ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw()
    {
        TaskCompletionSource? frozen = _frozen;
        _frozen = null;
        frozen?.TrySetResult();
    }

    /// <summary>Waits while the server says nothing: frozen, or behind the end of a drain.</summary>
    public async Task GateAsync(CancellationToken cancellationToken)
    {
        while (_frozen is { } frozen)
        {
            await frozen.Task.WaitAsync(cancellationToken);
        }

        if (_expired)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }

    public void Dispose() => _engine.Dispose();
}
