namespace ThemisBridge.Bench.Measuring;

/// <summary>An interval of confidence.</summary>
internal readonly record struct Interval(double Low, double High);
