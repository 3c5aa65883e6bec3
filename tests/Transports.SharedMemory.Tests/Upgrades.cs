using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using ThemisBridge.Transports.SharedMemory.Channels;

namespace ThemisBridge.Transports.SharedMemory.Tests;

/// <summary>Upgrades as the tests want them.</summary>
internal static class Upgrades
{
    public static SharedMemoryUpgrade Make(
        Action<SharedMemoryOptions>? configure = null, FakeLogCollector? logs = null)
    {
        var options = new SharedMemoryOptions();
        configure?.Invoke(options);
        Assert.Null(options.FindFault());
        return new SharedMemoryUpgrade(options, logs is null
            ? NullLogger<SharedMemoryUpgrade>.Instance : new FakeLogger<SharedMemoryUpgrade>(logs));
    }

    /// <summary>One that moves or fails, to rings of the smallest size that may be asked for.</summary>
    public static SharedMemoryUpgrade Smallest() => Make(options =>
    {
        options.Mode = SharedMemoryMode.Require;
        options.RingBytes = 64 * 1024;
    });
}
