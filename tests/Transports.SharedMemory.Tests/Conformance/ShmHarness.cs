using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance;
using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Transports.SharedMemory.Tests.Conformance;

/// <summary>Client and listener through rings of the smallest size, so that they wrap and fill up often.</summary>
public sealed class ShmHarness : TransportHarness
{
    private readonly SocketFolder _folder = new();
    private readonly SharedMemoryUpgrade _upgrade = Upgrades.Smallest();
    private readonly CutUpgrade _cut;
    private IInferenceBackend? _engine;
    private UdsListener? _listener;
    private UdsBackend? _backend;
    private UdsBackend? _nobody;
    private int _maxRequests;

    public ShmHarness() => _cut = new CutUpgrade(_upgrade);

    public override string Kind => "shm";

    // As on the socket: the window, and what the listener may have taken before it found the credit used up.
    public override int MostChunksAhead => 4096 + 16;

    public override Task<IInferenceBackend> ConnectAsync(IInferenceBackend engine, int maxRequests = 1024)
    {
        (_engine, _maxRequests) = (engine, maxRequests);
        Start();
        _backend = Backends.To(_folder.Path, upgrades: _upgrade);
        return Task.FromResult<IInferenceBackend>(_backend);
    }

    public override IInferenceBackend ConnectToNobody() =>
        _nobody ??= Backends.To(_folder.Path + ".nobody", upgrades: _upgrade);

    // Faults holds the tests with real deaths. A listener that has seen the end says nothing more, as a dead one does.
    public override async Task KillAsync()
    {
        _cut.Cut();
        await Kills.UntilAsync(() => Task.FromResult(_listener!.ConnectionCount == 0));
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
        // A connection that had ended before is not waited for by its listener.
        await Kills.UntilAsync(() => Task.FromResult(_upgrade.SegmentCount == 0));
        Assert.Empty(Directory.GetFiles(_folder.Folder));
        _folder.Dispose();
    }

    private void Start()
    {
        _listener = new UdsListener(
            new UdsListenerOptions { Path = _folder.Path, MaxRequests = _maxRequests }, _engine!,
            NullLogger<UdsListener>.Instance, upgrades: [_cut]);
        _listener.Start();
    }
}
