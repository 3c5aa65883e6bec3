using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Tests;

public sealed class ProbeTests(TinyEngine engine)
{
    [Fact]
    public async Task Engine_tells_its_release_and_its_models()
    {
        BackendHealth health = await engine.Backend.ProbeAsync(TestContext.Current.CancellationToken);

        Assert.True(health.IsHealthy);
        Assert.Contains("models loaded", health.Detail, StringComparison.Ordinal);
        Assert.NotNull(health.Running);
        Assert.NotNull(health.Waiting);
    }

    [Fact]
    public void Library_is_described()
    {
        NativeLibraryInfo library = engine.Backend.DescribeLibrary();

        Assert.StartsWith(Repository.Natives, library.Path, StringComparison.Ordinal);
        Assert.NotEqual("", library.Version);
        Assert.Contains(library.Devices, device => device.Kind == "cpu" && device.TotalBytes > 0);
        Assert.InRange(library.DefaultThreads, 1, Environment.ProcessorCount);
    }

    [Fact]
    public void Backend_says_what_it_is()
    {
        BackendDescriptor descriptor = engine.Backend.Descriptor;

        Assert.Equal(("native", "native", "native:"), (descriptor.Id, descriptor.Kind, descriptor.Address));
        Assert.False(descriptor.Capabilities.Features.HasFlag(BackendFeatures.Tools));
        Assert.False(descriptor.Capabilities.Features.HasFlag(BackendFeatures.AppliesModelDefaults));
        Assert.Same(descriptor, engine.Backend.Descriptor);
    }
}
