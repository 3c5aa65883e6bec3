namespace ThemisBridge.Core.Telemetry;

/// <summary>Tag values that are not names of a failure.</summary>
internal static class TelemetryValues
{
    /// <summary>The caller went before the end.</summary>
    public const string Cancelled = "cancelled";
}
