using System.Text.Json;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Cli.Output;

/// <summary>One attempt; <see cref="Failure"/> is null for the one that answered.</summary>
internal sealed record AttemptDocument(string Id, string Engine, string Transport, string? Failure, double DurationMs)
{
    public static AttemptDocument From(AttemptRecord attempt) => new(
        attempt.Id, attempt.Engine, attempt.Transport,
        attempt.Failure is { } failure ? JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.ToString()) : null,
        attempt.Duration.TotalMilliseconds);
}
