using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Transports.SharedMemory.Composition;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Tests.Composition;

public sealed class SharedMemoryOptionsTests
{
    [Fact]
    public void Defaults_are_right() => Assert.Null(new SharedMemoryOptions().FindFault());

    [Theory]
    [InlineData(nameof(SharedMemoryOptions.RingBytes), 65_535)]
    [InlineData(nameof(SharedMemoryOptions.RingBytes), 100_000)]
    [InlineData(nameof(SharedMemoryOptions.RingBytes), 1 << 27)]
    [InlineData(nameof(SharedMemoryOptions.MaxSegments), 0)]
    [InlineData(nameof(SharedMemoryOptions.SpinWindow), -1)]
    [InlineData(nameof(SharedMemoryOptions.SpinWindow), 2)]
    [InlineData(nameof(SharedMemoryOptions.Mode), 9)]
    public void Value_out_of_range_is_named(string name, int value)
    {
        var options = new SharedMemoryOptions();
        var property = typeof(SharedMemoryOptions).GetProperty(name)!;
        property.SetValue(options, property.PropertyType == typeof(TimeSpan) ? TimeSpan.FromMilliseconds(value)
            : property.PropertyType.IsEnum ? (SharedMemoryMode)value : value);
        Assert.StartsWith(name, options.FindFault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SharedMemoryMode.On, WireFeatures.SharedMemory, false)]
    [InlineData(SharedMemoryMode.Off, WireFeatures.None, false)]
    [InlineData(SharedMemoryMode.Require, WireFeatures.SharedMemory, true)]
    public void Mode_says_what_is_offered_and_required(SharedMemoryMode mode, WireFeatures offered, bool isRequired)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddThemisBridge().AddSharedMemory(options => options.Mode = mode);
        using ServiceProvider provider = services.BuildServiceProvider();
        IChannelUpgrade upgrade = Assert.Single(provider.GetServices<IChannelUpgrade>());
        Assert.Equal((offered, isRequired), (upgrade.Feature, upgrade.IsRequired));
    }

    [Fact]
    public void Wrong_option_fails_the_start_with_its_place()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddThemisBridge().AddSharedMemory(options => options.RingBytes = 5);
        using ServiceProvider provider = services.BuildServiceProvider();
        OptionsValidationException refused = Assert.Throws<OptionsValidationException>(
            () => provider.GetServices<IChannelUpgrade>().ToArray());
        Assert.Contains("ThemisBridge:SharedMemory: RingBytes", refused.Message, StringComparison.Ordinal);
    }
}
