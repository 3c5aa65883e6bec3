namespace ThemisBridge.Core.Contracts;

/// <summary>What an answer took. Null is "not known", never zero.</summary>
/// <param name="PromptTokens">Tokens of the prompt, special tokens included.</param>
/// <param name="CachedTokens">How many of them came from a prefix cache.</param>
/// <param name="CompletionTokens">Generated tokens, the end token included.</param>
public readonly record struct TokenUsage(int? PromptTokens, int? CachedTokens, int? CompletionTokens);
