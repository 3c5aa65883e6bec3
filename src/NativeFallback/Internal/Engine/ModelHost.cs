using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>A model from its loading to its unloading, with the thread that runs it and its adapters.</summary>
internal sealed class ModelHost
{
    private readonly ModelHostSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<LoadedModel> _loaded =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ModelHost(ModelSource source, ModelHostSettings settings, TimeProvider time, ILogger logger)
    {
        Source = source;
        _settings = settings;
        _time = time;
        _logger = logger;
        Thread = new DecodeThread(
            settings.Backend, settings.Parallel, settings.QueueLimit, error =>
                NativeLog.RequestFailed(logger, source.Name, error));
        Adapters = new AdapterTable(this, settings.Backend, settings.MaxAdapters, logger);
    }

    /// <summary>What was asked to be loaded.</summary>
    public ModelSource Source { get; }

    /// <summary>Whether anybody but who started it has asked for it. Guarded by the table's lock.</summary>
    public bool IsShared { get; set; }

    /// <summary>The thread's queue.</summary>
    public DecodeThread Thread { get; }

    /// <summary>The model's adapters.</summary>
    public AdapterTable Adapters { get; }

    /// <summary>The model once it is loaded, or why it is not.</summary>
    public Task<LoadedModel> Loaded => _loaded.Task;

    /// <summary>The model, or null while it is not loaded.</summary>
    public LoadedModel? Model { get; private set; }

    /// <summary>Done when the thread is over and the memory free.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts a thread that loads the model and then runs it.</summary>
    public static ModelHost Start(ModelSource source, ModelHostSettings settings, TimeProvider time, ILogger logger)
    {
        ModelHost host = new(source, settings, time, logger);
        new Thread(host.Run) { IsBackground = true, Name = $"themis-native {source.Name}" }.Start();
        return host;
    }

    /// <summary>Ends the running requests and unloads the model.</summary>
    public Task StopAsync()
    {
        Thread.Stop($"The model {Source.Name} was unloaded while the request ran. Ask again.");
        return Ended;
    }

    private void Run()
    {
        try
        {
            LlamaLibrary.Open(_settings.NativesFolder, _logger);
            using LoadedModel model = LoadedModel.Load(Source, _settings, _time, _logger);
            NativeLog.ModelLoaded(
                _logger, Source.Name, model.Limits.ContextTokens, model.Limits.Parallel, model.Limits.Threads,
                model.Limits.GpuLayers);
            using ITimer timer = _time.CreateTimer(
                static host => ((ModelHost)host!).Trim(), this, _settings.ContextIdleLimit, _settings.ContextIdleLimit);
            Model = model;
            _loaded.TrySetResult(model);
            Thread.Run(model.Contexts);
            Adapters.Dispose();
            NativeLog.ModelUnloaded(_logger, Source.Name);
        }
        catch (Exception error)
        {
            // Typed or not, whoever waits for the model must learn it; nothing else would.
            _loaded.TrySetException(error as BridgeException ?? new BridgeException(
                BridgeFailure.ModelLoadFailed, FailureStage.Admit,
                $"The model {Source.Name} could not be loaded. The log says why.", error));
        }

        _ended.TrySetResult();
    }

    private void Trim()
    {
        try
        {
            _ = Thread.InvokeAsync(static contexts =>
            {
                contexts.Trim();
                return 0;
            });
        }
        catch (BridgeException)
        {
            // The model is being unloaded, which frees everything.
        }
    }
}
