namespace ThemisBridge.Cli.Output;

/// <summary>Why there is no answer.</summary>
internal sealed record ErrorDocument(
    string Failure, string? Stage, string Message, string? Parameter, string? Backend,
    IReadOnlyList<AttemptDocument> Attempts);
