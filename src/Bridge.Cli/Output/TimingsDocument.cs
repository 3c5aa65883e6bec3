namespace ThemisBridge.Cli.Output;

/// <summary>Milliseconds from sending the request.</summary>
internal sealed record TimingsDocument(double FirstTokenMs, double TotalMs);
