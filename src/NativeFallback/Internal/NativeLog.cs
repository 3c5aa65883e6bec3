using Microsoft.Extensions.Logging;

namespace ThemisBridge.NativeFallback.Internal;

/// <summary>Every log message of this project: ids 6000 to 6999.</summary>
internal static partial class NativeLog
{
    [LoggerMessage(6000, LogLevel.Information, "llama.cpp {Version} loaded from {Path}; devices: {Devices}")]
    public static partial void LibraryLoaded(ILogger logger, string version, string path, string devices);

    [LoggerMessage(6001, LogLevel.Warning,
        "{Directory} has a CUDA backend, but no GPU was registered: the model runs on the processor. Install the CUDA "
        + "runtime libraries (libcudart, libcublas) of the version that libggml-cuda needs, and the driver.")]
    public static partial void GpuMissing(ILogger logger, string directory);

    [LoggerMessage(6002, LogLevel.Warning, "The build in {Directory} was passed over: {Reason}")]
    public static partial void BuildPassedOver(ILogger logger, string directory, string reason);

    [LoggerMessage(EventId = 6003, Message = "llama.cpp: {Text}")]
    public static partial void Line(ILogger logger, LogLevel level, string text);

    [LoggerMessage(6004, LogLevel.Information,
        "Model {Model} loaded: context {ContextTokens} tokens for each of {Parallel} requests, {Threads} threads, "
        + "{GpuLayers} layers on a GPU")]
    public static partial void ModelLoaded(
        ILogger logger, string model, int contextTokens, int parallel, int threads, int gpuLayers);

    [LoggerMessage(6005, LogLevel.Information, "Model {Model} unloaded")]
    public static partial void ModelUnloaded(ILogger logger, string model);

    [LoggerMessage(6006, LogLevel.Information, "Adapter {Adapter} of model {Model} loaded")]
    public static partial void AdapterLoaded(ILogger logger, string model, string adapter);

    [LoggerMessage(6007, LogLevel.Information, "Adapter {Adapter} of model {Model} unloaded")]
    public static partial void AdapterUnloaded(ILogger logger, string model, string adapter);

    [LoggerMessage(6008, LogLevel.Debug, "Context for {Purpose} of model {Model} created")]
    public static partial void ContextCreated(ILogger logger, string model, string purpose);

    [LoggerMessage(6009, LogLevel.Debug, "Context for {Purpose} of model {Model} closed")]
    public static partial void ContextClosed(ILogger logger, string model, string purpose);

    [LoggerMessage(6010, LogLevel.Error, "A request on model {Model} failed")]
    public static partial void RequestFailed(ILogger logger, string model, Exception error);
}
