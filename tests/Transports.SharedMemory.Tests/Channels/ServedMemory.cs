using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>A listener that offers rings of the smallest size.</summary>
internal sealed class ServedMemory
{
    public ServedMemory(Action<UdsListenerOptions>? configure = null) =>
        Fixture = new ListenerFixture(configure, null, Upgrade);

    public SharedMemoryUpgrade Upgrade { get; } =
        Upgrades.Make(options => options.RingBytes = SegmentLayout.MinRingBytes);

    public ListenerFixture Fixture { get; }
}
