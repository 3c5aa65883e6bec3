namespace ThemisBridge.Cli.Output;

/// <summary>What <c>--json</c> prints instead of an answer.</summary>
internal sealed record FailureDocument(ErrorDocument Error);
