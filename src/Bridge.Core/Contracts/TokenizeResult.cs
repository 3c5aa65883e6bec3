namespace ThemisBridge.Core.Contracts;

/// <summary>Token ids of a text.</summary>
/// <param name="TokenIds">The ids. The caller may keep them.</param>
/// <param name="MaxModelLength">The model's context in tokens, or null when not known.</param>
public sealed record TokenizeResult(ReadOnlyMemory<int> TokenIds, int? MaxModelLength);
