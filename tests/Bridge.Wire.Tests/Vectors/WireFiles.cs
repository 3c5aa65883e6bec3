using System.Text.Json;
using System.Text.Json.Nodes;

namespace ThemisBridge.Wire.Tests.Vectors;

/// <summary>protos/wire as it was built: the files that every codec is held against.</summary>
internal static class WireFiles
{
    /// <summary>layout.json.</summary>
    public static JsonObject Layout { get; } = JsonNode.Parse(Read("layout.json"))!.AsObject();

    /// <summary>A file's text.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "wire", name));

    /// <summary>The vectors of a file, by name; a file without vectors is a failure.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Vectors(string name)
    {
        using JsonDocument document = JsonDocument.Parse(Read($"vectors/{name}.json"));
        var vectors = document.RootElement.EnumerateArray()
            .ToDictionary(vector => vector.GetProperty("name").GetString()!, vector => vector.Clone());
        Assert.NotEmpty(vectors);
        return vectors;
    }

    /// <summary>The names of a file's vectors, for a theory.</summary>
    public static TheoryData<string> Names(string name) => [.. Vectors(name).Keys];

    /// <summary>The bytes of a member <c>hex</c>.</summary>
    public static byte[] Bytes(JsonElement vector) => Convert.FromHexString(vector.GetProperty("hex").GetString()!);
}
