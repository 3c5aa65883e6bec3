using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal;
using ThemisBridge.NativeFallback.Internal.Binding;
using ThemisBridge.NativeFallback.Internal.Engine;

namespace ThemisBridge.NativeFallback;

/// <summary>
/// llama.cpp in this process. Models are GGUF files; each runs on a thread of its own, which decodes its requests in
/// turns. A configured model is loaded when it is first asked for. There is no prefix cache, so nothing of one request
/// is ever seen by another.
/// </summary>
public sealed partial class NativeBackend : IInferenceBackend, IModelLoader, IAdapterHost, IAsyncDisposable
{
    private const BackendFeatures Features =
        BackendFeatures.Generate | BackendFeatures.TextPrompt | BackendFeatures.TokenPrompt
        | BackendFeatures.RendersChat
        | BackendFeatures.TextOutput | BackendFeatures.TokenIdOutput | BackendFeatures.PromptTokenIdOutput
        | BackendFeatures.StopTokenIds | BackendFeatures.IgnoreEos | BackendFeatures.MinTokens | BackendFeatures.TopK
        | BackendFeatures.MinP | BackendFeatures.Seed | BackendFeatures.Penalties | BackendFeatures.RepetitionPenalty
        | BackendFeatures.LogitBias | BackendFeatures.Logprobs | BackendFeatures.IncludeStopInOutput
        | BackendFeatures.KeepSpecialTokens | BackendFeatures.Adapters | BackendFeatures.CacheBypass
        | BackendFeatures.TenantIsolation | BackendFeatures.ContinueFinalMessage | BackendFeatures.Embed
        | BackendFeatures.Tokenize;

    private readonly string _id;
    private readonly IReadOnlyDictionary<string, ModelSource> _configured;
    private readonly string _nativesFolder;
    private readonly ILogger _logger;
    private readonly ModelTable _models;
    private BackendDescriptor _descriptor;

    /// <summary>Creates the backend; nothing is loaded yet.</summary>
    /// <param name="id">Its id, unique in a bridge.</param>
    /// <param name="options">Its configuration, read once.</param>
    /// <param name="loggerFactory">Where it logs, llama.cpp's own messages included.</param>
    /// <param name="time">The clock for memory that is freed when it was not used for a while.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public NativeBackend(string id, NativeOptions options, ILoggerFactory loggerFactory, TimeProvider time)
    {
        options.Check();
        _id = id;
        _logger = loggerFactory.CreateLogger<NativeBackend>();
        _nativesFolder = NativesDirectory.Choose(
            Environment.GetEnvironmentVariable(NativesDirectory.Variable), options.NativesPath,
                AppContext.BaseDirectory);
        _configured = options.Models.ToDictionary(model => model.Key, model => new ModelSource
        {
            Name = model.Key,
            Path = model.Value.Path,
            ContextTokens = model.Value.ContextTokens,
            GpuLayers = model.Value.GpuLayers,
            Threads = model.Value.Threads,
        });
        ModelHostSettings settings = new(
            id, _nativesFolder, options.ParallelRequests, options.QueueLimit, options.MaxAdapters,
            options.ContextIdleLimit);
        _models = new ModelTable(_configured, settings, time, _logger, changed: PublishDescriptor);
        _descriptor = Describe();
    }

    /// <inheritdoc/>
    public BackendDescriptor Descriptor => Volatile.Read(ref _descriptor);

    /// <inheritdoc/>
    public Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            LlamaLibrary library = LlamaLibrary.Open(_nativesFolder, _logger);
            IReadOnlyList<ModelHost> hosts = _models.Hosts;
            int running = hosts.Sum(host => host.Thread.Load.Running);
            int waiting = hosts.Sum(host => host.Thread.Load.Waiting);
            return Task.FromResult(new BackendHealth(
                true, $"llama.cpp {library.Version}, {ListModels().Count} of {Descriptor.Models.Count} models loaded")
            { Running = running, Waiting = waiting });
        }
        catch (BridgeException error)
        {
            return Task.FromResult(new BackendHealth(false, error.Message));
        }
    }

    /// <summary>Loads llama.cpp if need be, and says what it is.</summary>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.NativeLibraryUnavailable"/>.</exception>
    public NativeLibraryInfo DescribeLibrary()
    {
        LlamaLibrary library = LlamaLibrary.Open(_nativesFolder, _logger);
        return new NativeLibraryInfo(
            library.Version, library.Path, LlamaLibrary.Devices(), CpuTopology.DefaultThreads());
    }

    /// <summary>Ends every request and frees every model.</summary>
    public async ValueTask DisposeAsync() => await _models.CloseAsync().ConfigureAwait(false);

    /// <summary>The thread of a loaded model, for tests that watch it; null when it is not loaded.</summary>
    internal DecodeThread? ThreadOf(string model) => _models.Find(model)?.Thread;

    private void PublishDescriptor() => Volatile.Write(ref _descriptor, Describe());

    private BackendDescriptor Describe()
    {
        SortedDictionary<string, ModelDescriptor> models = new(StringComparer.Ordinal);
        foreach (ModelSource source in _configured.Values)
        {
            models[source.Name] = new ModelDescriptor(source.Name) { MaxContextTokens = source.ContextTokens };
        }

        foreach (ModelDescriptor loaded in ListModels())
        {
            models[loaded.Name] = loaded;
        }

        return new BackendDescriptor
        {
            Id = _id,
            Kind = "native",
            Address = "native:",
            Capabilities = new BackendCapabilities { Features = Features },
            Models = [.. models.Values],
        };
    }
}
