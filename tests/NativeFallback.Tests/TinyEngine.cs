using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;

[assembly: AssemblyFixture(typeof(ThemisBridge.NativeFallback.Tests.TinyEngine))]

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>One backend with both forms of themis-tiny and the German adapter on each, for the tests that only
/// ask.</summary>
public sealed class TinyEngine : IAsyncLifetime
{
    public const string Q8 = "tiny";
    public const string F16 = "tiny-f16";
    public const string German = "german";

    internal NativeBackend Backend { get; } = Create();

    /// <summary>A backend of a test's own, one thread per decode.</summary>
    internal static NativeBackend Create(
        Action<NativeOptions>? configure = null, ILoggerFactory? logs = null, TimeProvider? time = null)
    {
        NativeOptions options = new() { NativesPath = Repository.Natives };
        options.Models[Q8] = new() { Path = Repository.Model("themis-tiny-q8_0.gguf"), Threads = 1 };
        options.Models[F16] = new() { Path = Repository.Model("themis-tiny-f16.gguf"), Threads = 1 };
        configure?.Invoke(options);
        return new NativeBackend("native", options, logs ?? NullLoggerFactory.Instance, time ?? TimeProvider.System);
    }

    internal static AdapterSource GermanAdapter(string model = Q8, float scale = 1) => new()
    {
        Model = model,
        Name = German,
        GgufPath = Repository.Model("lora-german.gguf"),
        Scale = scale,
    };

    public async ValueTask InitializeAsync()
    {
        await Backend.LoadAdapterAsync(GermanAdapter());
        await Backend.LoadAdapterAsync(GermanAdapter(F16));
    }

    public ValueTask DisposeAsync() => Backend.DisposeAsync();
}
