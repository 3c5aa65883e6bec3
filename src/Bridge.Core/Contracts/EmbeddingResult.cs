namespace ThemisBridge.Core.Contracts;

/// <summary>Vectors, one per input and in their order.</summary>
/// <param name="Model">The model that made them.</param>
/// <param name="Vectors">The vectors, all of one length. The caller may keep them.</param>
/// <param name="Usage">What it took; completion tokens are null.</param>
public sealed record EmbeddingResult(
    string Model, IReadOnlyList<ReadOnlyMemory<float>> Vectors, TokenUsage Usage)
{
    /// <summary>The configured name of the engine that answered. Filled by the router.</summary>
    public string Engine { get; init; } = "";

    /// <summary>The kind of transport it is reached over. Filled by the router.</summary>
    public string Transport { get; init; } = "";
}
