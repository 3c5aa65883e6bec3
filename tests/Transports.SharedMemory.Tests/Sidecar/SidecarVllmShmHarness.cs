using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Transports.Uds.Tests.SidecarVllm;

namespace ThemisBridge.Transports.SharedMemory.Tests.Sidecar;

/// <summary>
/// Our client and the rings of the sidecar over a vLLM, of the smallest size that the client may ask for.
/// </summary>
public sealed class SidecarVllmShmHarness : SidecarVllmHarness
{
    private readonly SharedMemoryUpgrade _upgrade = Tests.Upgrades.Smallest();

    public override string Kind => "shm";

    private protected override IChannelUpgrade[] Upgrades => [_upgrade];
}
