namespace ThemisBridge.Testing.Recordings;

/// <summary>When a part of a recorded response arrived.</summary>
/// <param name="At">The time since the request was sent.</param>
/// <param name="Offset">The offset of its first byte in the response.</param>
public readonly record struct RecordedRead(TimeSpan At, int Offset);
