namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>What this release of the library has, told by its exports and default values.</summary>
/// <param name="Context">The layout of its context parameters.</param>
/// <param name="HasVersion">Whether it tells its version (v0.4.0 and later).</param>
/// <param name="HasOutputEmbeddingLength">Whether it tells the length of embeddings apart from the model's
/// width.</param>
/// <param name="HasAdapterFree">Whether adapters can be freed before their model.</param>
/// <param name="PenaltiesTakeVocabulary">Whether the penalty sampler takes the size of the vocabulary first (b10361 and
/// later; the change left no other trace).</param>
internal sealed record LlamaFeatures(
    ContextLayout Context,
    bool HasVersion,
    bool HasOutputEmbeddingLength,
    bool HasAdapterFree,
    bool PenaltiesTakeVocabulary);
