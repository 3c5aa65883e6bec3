namespace ThemisBridge.Wire.Content;

/// <summary>What ADMIN adapter_unload and adapter_list say.</summary>
public sealed record AdapterName
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The adapter; null for all of the model's.</summary>
    public string? Name { get; init; }

    /// <summary>Reads one; null when the bytes are none.</summary>
    /// <param name="json">The JSON.</param>
    public static AdapterName? Read(ReadOnlySpan<byte> json) =>
        WireJson.TryRead(json, WireJson.Strict.AdapterName, out AdapterName? name) ? name : null;

    /// <summary>The JSON.</summary>
    public byte[] Write() => WireJson.Write(this, WireJson.Strict.AdapterName);
}
