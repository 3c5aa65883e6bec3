using System.Diagnostics;
using System.Diagnostics.Metrics;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Telemetry;

/// <summary>The instruments of the meter "ThemisBridge". One per application.</summary>
public sealed class BridgeMetrics
{
    // Both advices are the conventions' own buckets.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries =
            [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private static readonly InstrumentAdvice<int> Tokens = new()
    {
        HistogramBucketBoundaries =
            [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstChunk;
    private readonly Histogram<int> _tokens;
    private readonly Counter<long> _attempts;
    private readonly UpDownCounter<long> _active;

    /// <summary>Creates the instruments.</summary>
    /// <param name="factory">The application's meter factory.</param>
    public BridgeMetrics(IMeterFactory factory)
    {
        Meter meter = factory.Create(TelemetryNames.Source);
        _duration = meter.CreateHistogram(
            TelemetryNames.OperationDuration, "s", "Duration of an operation.", tags: null, Seconds);
        _firstChunk = meter.CreateHistogram(
            TelemetryNames.TimeToFirstChunk, "s", "Time to the first chunk of an answer.", tags: null, Seconds);
        _tokens = meter.CreateHistogram(
            TelemetryNames.TokenUsage, "{token}", "Tokens of an operation.", tags: null, Tokens);
        _attempts = meter.CreateCounter<long>(TelemetryNames.Attempts, "{attempt}", "Tries of requests on engines.");
        _active = meter.CreateUpDownCounter<long>(TelemetryNames.ActiveRequests, "{request}", "Requests that run now.");
    }

    internal void Started(string operation, string model) => _active.Add(1, Tags(operation, model));

    internal void Ended(string operation, string model, TimeSpan duration, string? error)
    {
        TagList tags = Tags(operation, model);
        _active.Add(-1, tags);
        if (error is not null)
        {
            tags.Add(TelemetryNames.ErrorType, error);
        }

        _duration.Record(duration.TotalSeconds, tags);
    }

    internal void FirstChunk(string operation, string model, TimeSpan after) =>
        _firstChunk.Record(after.TotalSeconds, Tags(operation, model));

    internal void Used(string operation, string model, string tokenType, int tokens)
    {
        TagList tags = Tags(operation, model);
        tags.Add(TelemetryNames.TokenType, tokenType);
        _tokens.Record(tokens, tags);
    }

    internal void Attempt(AttemptRecord attempt)
    {
        TagList tags = new()
        {
            { TelemetryNames.Engine, attempt.Engine },
            { TelemetryNames.Transport, attempt.Transport },
        };
        if (attempt.Failure is { } failure)
        {
            tags.Add(TelemetryNames.ErrorType, failure.ToString());
        }

        _attempts.Add(1, tags);
    }

    private static TagList Tags(string operation, string model) => new()
    {
        { TelemetryNames.OperationName, operation },
        { TelemetryNames.RequestModel, model },
        { TelemetryNames.ProviderName, TelemetryNames.Provider },
    };
}
