using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>The answer to ADMIN health.</summary>
public sealed record HealthContent
{
    /// <summary>Whether the engine works.</summary>
    public required bool Healthy { get; init; }

    /// <summary>What a person should know.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Requests that run, or null.</summary>
    public int? Running { get; init; }

    /// <summary>Requests that wait, or null.</summary>
    public int? Waiting { get; init; }

    /// <summary>What the engine can do, as bits, when that changed since HELLO; or null.</summary>
    public ulong? Capabilities { get; init; }

    /// <summary>What it serves, when that changed since HELLO; or null.</summary>
    public IReadOnlyList<ModelContent>? Models { get; init; }

    /// <summary>Reads one; null when the bytes are none.</summary>
    /// <param name="json">The JSON.</param>
    public static HealthContent? Read(ReadOnlySpan<byte> json) =>
        WireJson.TryRead(json, WireJson.Lenient.HealthContent, out HealthContent? health) ? health : null;

    /// <summary>The JSON.</summary>
    public byte[] Write() => WireJson.Write(this, WireJson.Lenient.HealthContent);

    /// <summary>For Core.</summary>
    public BackendHealth ToHealth() => new(Healthy, Detail) { Running = Running, Waiting = Waiting };
}
