namespace ThemisBridge.Wire.Content;

/// <summary>The answer to ADMIN adapter_list.</summary>
public sealed record AdapterListContent
{
    /// <summary>The adapters.</summary>
    public required IReadOnlyList<AdapterContent> Adapters { get; init; }

    /// <summary>Reads one; null when the bytes are none.</summary>
    /// <param name="json">The JSON.</param>
    public static AdapterListContent? Read(ReadOnlySpan<byte> json) =>
        WireJson.TryRead(json, WireJson.Lenient.AdapterListContent, out AdapterListContent? list) ? list : null;

    /// <summary>The JSON.</summary>
    public byte[] Write() => WireJson.Write(this, WireJson.Lenient.AdapterListContent);
}
