namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>A method of a value that has not been called: <c>content.split</c>.</summary>
internal sealed record BoundMethod(object Target, string Name);
