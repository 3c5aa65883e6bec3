namespace ThemisBridge.Testing.Replay;

/// <summary>A wait inside a response, on the server's <see cref="TimeProvider"/>.</summary>
/// <param name="Offset">How many bytes of the response are sent before it; 0 waits before the first byte.</param>
/// <param name="Duration">How long.</param>
public readonly record struct ReplayPause(int Offset, TimeSpan Duration);
