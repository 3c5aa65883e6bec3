namespace ThemisBridge.Core.Contracts;

/// <summary>A prompt as token ids of the model's vocabulary, sent as they are.</summary>
/// <param name="TokenIds">The ids, each at least 0; not empty. The memory must not change while the request
/// runs.</param>
public sealed record TokenPrompt(ReadOnlyMemory<int> TokenIds) : Prompt;
