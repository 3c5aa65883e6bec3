using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback;
using ThemisBridge.Testing.Faults;

[assembly: AssemblyFixture(typeof(ThemisBridge.Testing.Tests.Vllm.Doubles.TinyEngine))]

namespace ThemisBridge.Testing.Tests.Vllm.Doubles;

/// <summary>The native engine with themis-tiny, and its German adapter under two names.</summary>
public sealed class TinyEngine : IAsyncLifetime
{
    public const string Model = "themis-tiny";
    public const int Vocabulary = 1024;

    private readonly NativeBackend _native = Create();

    /// <summary>The engine behind a watch; hosts no adapters, so that a test cannot unload those of another.</summary>
    internal FaultBackend Backend { get; private set; } = null!;

    internal static AdapterSource German { get; } =
        new() { Model = Model, Name = "german", GgufPath = File("lora-german.gguf") };

    internal static string Root { get; } = FindRoot();

    /// <summary>An engine of a test's own.</summary>
    internal static NativeBackend Create()
    {
        var options = new NativeOptions
        {
            NativesPath = Environment.GetEnvironmentVariable("THEMIS_LLAMA_NATIVES")
                ?? Path.Combine(Root, ".natives", "linux-x64"),
        };
        options.Models[Model] = new() { Path = File("themis-tiny-f16.gguf"), Threads = 1 };
        return new NativeBackend("native", options, NullLoggerFactory.Instance, TimeProvider.System);
    }

    public async ValueTask InitializeAsync()
    {
        await _native.LoadAdapterAsync(German);
        await _native.LoadAdapterAsync(German with { Name = "german2" });
        Backend = new FaultBackend(_native);
    }

    public ValueTask DisposeAsync() => _native.DisposeAsync();

    private static string File(string name) => Path.Combine(FindRoot(), "models", Model, name);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "ThemisBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
