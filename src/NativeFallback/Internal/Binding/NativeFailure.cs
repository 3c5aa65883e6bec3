using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>Makes the failures that arise at the library's boundary.</summary>
internal static class NativeFailure
{
    private const string LibraryRemedy =
        $"Start ./themis-bridge once, which fetches a tested build, or point {NativesDirectory.Variable} at one.";

    /// <summary>The library is missing or refused.</summary>
    public static BridgeException Library(string what, Exception? inner = null, string remedy = LibraryRemedy) =>
        new(BridgeFailure.NativeLibraryUnavailable, FailureStage.Admit, $"llama.cpp is not available: {what}. {remedy}",
            inner);

    /// <summary>The library could not load a file that looked sound.</summary>
    /// <param name="what">The model or adapter.</param>
    /// <param name="path">Its file; only the name is told.</param>
    /// <param name="remedy">What to do.</param>
    public static BridgeException Load(string what, string path, string remedy)
    {
        string detail = (LlamaLogSink.FirstError ?? "no reason was given")
            .Replace(path, Path.GetFileName(path), StringComparison.Ordinal);
        return new BridgeException(
            BridgeFailure.ModelLoadFailed, FailureStage.Admit, $"llama.cpp could not load {what}: {detail}. {remedy}");
    }

    /// <summary>The failure with the name of the backend where it happened.</summary>
    public static BridgeException Named(string backend, BridgeException failure) => failure.Backend is not null
        ? failure
        : new BridgeException(failure.Failure, failure.Stage, failure.Message, failure)
        {
            Backend = backend,
            Parameter = failure.Parameter,
        };
}
