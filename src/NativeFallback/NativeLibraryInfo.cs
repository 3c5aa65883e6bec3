namespace ThemisBridge.NativeFallback;

/// <summary>What this process runs llama.cpp with.</summary>
/// <param name="Version">The release of llama.cpp.</param>
/// <param name="Path">The file of libllama.</param>
/// <param name="Devices">What it can compute on, the processor included.</param>
/// <param name="DefaultThreads">Threads of one decode where the configuration names none.</param>
public sealed record NativeLibraryInfo(
    string Version, string Path, IReadOnlyList<NativeDevice> Devices, int DefaultThreads);
