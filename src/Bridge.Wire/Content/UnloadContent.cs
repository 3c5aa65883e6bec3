namespace ThemisBridge.Wire.Content;

/// <summary>The answer to ADMIN adapter_unload.</summary>
public sealed record UnloadContent
{
    /// <summary>False when it was not loaded.</summary>
    public required bool Unloaded { get; init; }

    /// <summary>Reads one; null when the bytes are none.</summary>
    /// <param name="json">The JSON.</param>
    public static UnloadContent? Read(ReadOnlySpan<byte> json) =>
        WireJson.TryRead(json, WireJson.Lenient.UnloadContent, out UnloadContent? content) ? content : null;

    /// <summary>The JSON.</summary>
    public byte[] Write() => WireJson.Write(this, WireJson.Lenient.UnloadContent);
}
