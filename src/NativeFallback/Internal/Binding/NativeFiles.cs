namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>The files of one build of llama.cpp.</summary>
/// <param name="Directory">Where libllama lies; its backends are looked for there.</param>
/// <param name="Llama">libllama.</param>
/// <param name="Ggml">libggml, or null where everything is in libllama.</param>
/// <param name="GgmlBase">libggml-base, or null where everything is in libllama.</param>
/// <param name="Preload">What must be loaded before libllama, in this order.</param>
internal sealed record NativeFiles(
    string Directory, string Llama, string? Ggml, string? GgmlBase, IReadOnlyList<string> Preload);
