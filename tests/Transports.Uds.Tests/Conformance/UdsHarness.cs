using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance;

namespace ThemisBridge.Transports.Uds.Tests.Conformance;

/// <summary>Client and listener over a real socket in a folder of its own.</summary>
public sealed class UdsHarness : TransportHarness
{
    private readonly SocketFolder _folder = new();
    private IInferenceBackend? _engine;
    private readonly SocketTap _tap = new();
    private UdsListener? _listener;
    private UdsBackend? _backend;
    private UdsBackend? _nobody;
    private int _maxRequests;

    public override string Kind => "uds";

    // The window, and what a listener may have taken from its engine before it found the credit used up.
    public override int MostChunksAhead => 4096 + 16;

    public override Task<IInferenceBackend> ConnectAsync(IInferenceBackend engine, int maxRequests = 1024)
    {
        (_engine, _maxRequests) = (engine, maxRequests);
        Start();
        _backend = Backends.To(_folder.Path, upgrades: _tap);
        return Task.FromResult<IInferenceBackend>(_backend);
    }

    public override IInferenceBackend ConnectToNobody() => _nobody ??= Backends.To(_folder.Path + ".nobody");

    // Sockets that close without a word are what the kernel leaves of a dead process; Faults holds the tests with real
    // ones.
    public override async Task KillAsync()
    {
        _tap.Cut();
        await _listener!.DisposeAsync();
    }

    public override Task RestartAsync()
    {
        Start();
        return Task.CompletedTask;
    }

    public override Task DrainAsync(TimeSpan limit) => _listener!.StopAsync(limit, CancellationToken.None);

    public override Task BackoffAsync() => Task.Delay(Backends.LongestBackoff, TimeProvider.System);

    public override async ValueTask DisposeAsync()
    {
        await (_backend?.DisposeAsync() ?? default);
        await (_nobody?.DisposeAsync() ?? default);
        await _listener!.DisposeAsync();
        Assert.Empty(Directory.GetFiles(_folder.Folder));
        _folder.Dispose();
    }

    private void Start()
    {
        _listener = new UdsListener(
            new UdsListenerOptions
                { Path = _folder.Path, MaxRequests = _maxRequests }, _engine!, NullLogger<UdsListener>.Instance,
                upgrades: [_tap]);
        _listener.Start();
    }
}
