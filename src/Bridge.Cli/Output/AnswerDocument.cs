namespace ThemisBridge.Cli.Output;

/// <summary>What <c>ask --json</c> prints.</summary>
internal sealed record AnswerDocument(
    string Text, string Model, string Engine, string Transport, string FinishReason, UsageDocument Usage,
    TimingsDocument Timings, IReadOnlyList<AttemptDocument> Attempts);
