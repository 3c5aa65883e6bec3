namespace ThemisBridge.Core.Contracts;

/// <summary>A prompt as plain text: tokenized by the engine, without a chat template.</summary>
/// <param name="Text">The text; not empty.</param>
public sealed record TextPrompt(string Text) : Prompt;
