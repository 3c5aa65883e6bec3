namespace ThemisBridge.Cli.Doctor;

/// <summary>What <c>doctor --json</c> prints.</summary>
internal sealed record FindingsDocument(bool Healthy, IReadOnlyList<Finding> Findings);
