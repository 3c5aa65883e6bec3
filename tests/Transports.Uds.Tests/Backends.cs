using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Transports.Uds.Handshake;

namespace ThemisBridge.Transports.Uds.Tests;

/// <summary>Backends to a path.</summary>
internal static class Backends
{
    /// <summary>How long a failure is remembered by those made here.</summary>
    public static TimeSpan LongestBackoff { get; } = TimeSpan.FromMilliseconds(100);

    public static UdsBackend To(
        string path, Action<UdsBackendOptions>? configure = null, string? token = null, TimeProvider? time = null,
        ILogger? logger = null, params IChannelUpgrade[] upgrades)
    {
        var options = new UdsBackendOptions
        {
            FirstBackoff = TimeSpan.FromMilliseconds(25),
            LongestBackoff = LongestBackoff,
            // A busy machine may leave a listener waiting for its turn for long.
            ConnectTimeout = TimeSpan.FromSeconds(20),
            ProbeTimeout = TimeSpan.FromSeconds(20),
        };
        configure?.Invoke(options);
        time ??= TimeProvider.System;
        var handshake = new ClientHandshake(new PeerGuard([.. options.PeerUids], null), token, upgrades, time);
        return new UdsBackend(
            "test/uds", $"frames+unix://{path}", path, options, handshake, time, new Random(1), logger ?? NullLogger.Instance);
    }
}
