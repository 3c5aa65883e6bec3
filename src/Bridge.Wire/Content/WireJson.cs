using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Content;

/// <summary>JSON in frames: snake_case members, no duplicates, limited depth. Sizes are checked before.</summary>
[JsonSerializable(typeof(HelloContent))]
[JsonSerializable(typeof(RequestTail))]
[JsonSerializable(typeof(StepDetails))]
[JsonSerializable(typeof(HealthContent))]
[JsonSerializable(typeof(AdapterContent))]
[JsonSerializable(typeof(AdapterName))]
[JsonSerializable(typeof(AdapterListContent))]
[JsonSerializable(typeof(UnloadContent))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>Refuses members that are not known: what a request asks for is never dropped silently.</summary>
    public static readonly WireJson Strict = new(With(JsonUnmappedMemberHandling.Disallow));

    /// <summary>Passes over members that are not known: a later version may tell more.</summary>
    public static readonly WireJson Lenient = new(With(JsonUnmappedMemberHandling.Skip));

    /// <summary>Reads an object; no bytes are no object.</summary>
    /// <returns>False when the bytes are not JSON of that form.</returns>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, out T? value)
        where T : class
    {
        value = null;
        if (json.IsEmpty)
        {
            return true;
        }

        if (!Utf8.IsValid(json))
        {
            return false;
        }

        try
        {
            value = JsonSerializer.Deserialize(json, type);
            return value is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether bytes are one JSON object within the depth.</summary>
    public static bool IsObject(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = WireLimits.MaxJsonDepth });
        try
        {
            if (!Utf8.IsValid(json) || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read())
            {
                // Only walks to the end: what is not JSON throws on the way.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Writes an object.</summary>
    public static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static JsonSerializerOptions With(JsonUnmappedMemberHandling unmapped) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = unmapped,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        MaxDepth = WireLimits.MaxJsonDepth,
        // The reader is no browser.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
