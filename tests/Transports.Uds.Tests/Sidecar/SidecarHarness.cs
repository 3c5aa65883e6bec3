using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance;
using ThemisBridge.Transports.Uds.Channels;

namespace ThemisBridge.Transports.Uds.Tests.Sidecar;

/// <summary>
/// Our client and the sidecar's server, session and codec in Python. Its engine there asks the suite's engine, which a
/// listener of ours serves on a second socket, so that scripts of answers need no second language.
/// </summary>
public class SidecarHarness : TransportHarness
{
    private readonly SocketFolder _folder = new();
    private readonly SocketFolder _engineFolder = new();
    private UdsListener? _engine;
    private SidecarProcess? _sidecar;
    private UdsBackend? _backend;
    private UdsBackend? _nobody;
    private int _maxRequests;

    public override string Kind => "uds";

    // The client's window, the relay's, and what a listener may have taken from its engine before it found credit used
    // up.
    public override int MostChunksAhead => 4096 + 16 + 16;

    public override string CannotGiveDetails => "The sidecar's engines give neither reasoning nor calls of tools.";

    public override string CannotGiveTextLogprobs => "The sidecar's engines know their tokens by id.";

    // The sidecar's engines always say how much runs and waits.
    public override BackendHealth AsTold(BackendHealth health) =>
        health with { Running = health.Running ?? 0, Waiting = health.Waiting ?? 0 };

    /// <summary>What the client offers to move the connection to.</summary>
    private protected virtual IChannelUpgrade[] Upgrades => [];

    /// <summary>The sidecar's program in python/tests/relay, with what only it is told.</summary>
    private protected virtual string[] Program => ["relay_sidecar.py"];

    public override async Task<IInferenceBackend> ConnectAsync(IInferenceBackend engine, int maxRequests = 1024)
    {
        _maxRequests = maxRequests;
        _engine = new UdsListener(
            new UdsListenerOptions { Path = _engineFolder.Path }, engine, NullLogger<UdsListener>.Instance);
        _engine.Start();
        await RestartAsync();
        return _backend = Backends.To(_folder.Path, upgrades: Upgrades);
    }

    public override IInferenceBackend ConnectToNobody() => _nobody ??= Backends.To(_folder.Path + ".nobody");

    public override Task KillAsync() => _sidecar!.KillAsync();

    public override async Task RestartAsync() => _sidecar = await StartAsync(_folder.Path, Program);

    public override Task DrainAsync(TimeSpan limit) => _sidecar!.DrainAsync(limit);

    public override Task BackoffAsync() => Task.Delay(Backends.LongestBackoff, TimeProvider.System);

    // What the engine is stands in HELLO, and the sidecar asks for it when it starts.
    public override async Task DescribeAnewAsync()
    {
        await KillAsync();
        await RestartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await (_backend?.DisposeAsync() ?? default);
        await (_nobody?.DisposeAsync() ?? default);
        bool wasKilled = _sidecar!.WasKilled;
        await _sidecar.DisposeAsync();
        Assert.True(wasKilled || Directory.GetFiles(_folder.Folder) is []);
        await _engine!.DisposeAsync();
        _folder.Dispose();
        _engineFolder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts one more sidecar that asks the suite's engine.</summary>
    /// <param name="path">Its socket.</param>
    /// <param name="program">Its program.</param>
    private protected Task<SidecarProcess> StartAsync(string path, string[] program) =>
        SidecarProcess.StartAsync(program[0], path, _engineFolder.Path, _maxRequests, program[1..]);
}
