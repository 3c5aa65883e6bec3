namespace ThemisBridge.Core.Contracts;

/// <summary>A finished call of a function, as it stands in a conversation.</summary>
/// <param name="Id">The id that the answering tool message repeats.</param>
/// <param name="Name">The function's name.</param>
/// <param name="ArgumentsJson">Its arguments as the model wrote them: JSON if the model got it right.</param>
public sealed record ToolCall(string Id, string Name, string ArgumentsJson);
