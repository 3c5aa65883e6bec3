namespace ThemisBridge.Cli.Output;

/// <summary>Token counts; null is "not known".</summary>
internal sealed record UsageDocument(int? PromptTokens, int? CachedTokens, int? CompletionTokens);
