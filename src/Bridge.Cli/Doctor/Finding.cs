namespace ThemisBridge.Cli.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="State">What the finding means.</param>
/// <param name="Found">What was found.</param>
/// <param name="Remedy">What to do about it; null where nothing has to be done.</param>
internal sealed record Finding(string Subject, FindingState State, string Found, string? Remedy = null);
