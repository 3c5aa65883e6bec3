using System.Text.Json;
using System.Text.Json.Nodes;

namespace ThemisBridge.Transports.SharedMemory.Tests.Rings;

/// <summary>protos/wire as it was built.</summary>
internal static class WireVectors
{
    /// <summary>The segment's part of layout.json.</summary>
    public static JsonObject Segment { get; } = JsonNode.Parse(Read("layout.json"))!["segment"]!.AsObject();

    /// <summary>The vectors of a file, by name.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Of(string name)
    {
        using JsonDocument document = JsonDocument.Parse(Read($"vectors/{name}.json"));
        var vectors = document.RootElement.EnumerateArray()
            .ToDictionary(vector => vector.GetProperty("name").GetString()!, vector => vector.Clone());
        Assert.NotEmpty(vectors);
        return vectors;
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "wire", name));
}
