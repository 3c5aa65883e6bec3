using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Transports.Uds.Handshake;

namespace ThemisBridge.Transports.Uds.Composition;

/// <summary>Makes Unix-socket backends.</summary>
internal sealed class UdsBackendFactory(
    UdsOptionsSource source, IEnumerable<IChannelUpgrade> upgrades, TimeProvider time, ILogger<UdsBackend> logger,
    BridgeConfiguration? configuration = null) : IBackendFactory
{
    private readonly IChannelUpgrade[] _upgrades = [.. upgrades];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _ids = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string> Schemes { get; } = [FramesAddress.Scheme];

    public string? Check(BackendAddress address)
    {
        try
        {
            return FramesAddress.TryParse(address.Address, out _)
                ?? UdsOptionsCheck.FaultOf(source.Of(address.Engine, configuration));
        }
        catch (InvalidOperationException e)
        {
            // The binder's message names the key and the type.
            return e.Message;
        }
    }

    public IInferenceBackend Create(BackendAddress address)
    {
        if (FramesAddress.TryParse(address.Address, out string path) is { } fault)
        {
            throw new ArgumentException(fault, nameof(address));
        }

        UdsBackendOptions options = source.Of(address.Engine, configuration);
        var guard = new PeerGuard([.. options.PeerUids], null);
        var handshake = new ClientHandshake(guard, UdsOptionsCheck.ReadToken(options), _upgrades, time);
        int seed = HashCode.Combine(Environment.ProcessId, address.Engine, time.GetTimestamp());
        return new UdsBackend(
            MakeId(address), address.Address, path, options, handshake, time, new Random(seed), logger);
    }

    // A ladder may hold several sockets.
    private string MakeId(BackendAddress address)
    {
        string id = $"{address.Engine}/uds";
        lock (_lock)
        {
            int count = _ids[id] = _ids.GetValueOrDefault(id) + 1;
            return count == 1 ? id : $"{id}-{count}";
        }
    }
}
