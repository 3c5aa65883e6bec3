using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>An adapter: what ADMIN adapter_load says, and one entry of adapter_list's answer.</summary>
public sealed record AdapterContent
{
    /// <summary>The model it belongs to.</summary>
    public required string Model { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>A PEFT folder, or null.</summary>
    public string? PeftPath { get; init; }

    /// <summary>A GGUF file, or null.</summary>
    public string? GgufPath { get; init; }

    /// <summary>How strongly it is applied; null is 1.</summary>
    public float? Scale { get; init; }

    /// <summary>The SHA-256 of its content, or null.</summary>
    public string? Digest { get; init; }

    /// <summary>For the wire.</summary>
    /// <param name="source">The adapter.</param>
    public static AdapterContent Of(AdapterSource source) => new()
    {
        Model = source.Model,
        Name = source.Name,
        PeftPath = source.PeftPath,
        GgufPath = source.GgufPath,
        Scale = source.Scale is 1 ? null : source.Scale,
        Digest = source.Digest,
    };

    /// <summary>Reads ADMIN adapter_load; null when the bytes are none.</summary>
    /// <param name="json">The JSON.</param>
    public static AdapterContent? Read(ReadOnlySpan<byte> json) =>
        WireJson.TryRead(json, WireJson.Strict.AdapterContent, out AdapterContent? adapter) ? adapter : null;

    /// <summary>The JSON.</summary>
    public byte[] Write() => WireJson.Write(this, WireJson.Strict.AdapterContent);

    /// <summary>From the wire.</summary>
    public AdapterSource ToSource() => new()
    {
        Model = Model,
        Name = Name,
        PeftPath = PeftPath,
        GgufPath = GgufPath,
        Scale = Scale ?? 1,
        Digest = Digest,
    };
}
