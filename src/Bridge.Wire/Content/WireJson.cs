using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
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
[JsonSerializable(typeof(JsonArray))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>Refuses members that are not known: what a request asks for is never dropped silently.</summary>
    public static readonly WireJson Strict = new(With(JsonUnmappedMemberHandling.Disallow));

    /// <summary>Passes over members that are not known: a later version may tell more.</summary>
    public static readonly WireJson Lenient = new(With(JsonUnmappedMemberHandling.Skip));

    private static readonly JsonDocumentOptions OneOfEach = new()
        { AllowDuplicateProperties = false, MaxDepth = WireLimits.MaxJsonDepth };

    /// <summary>Reads an object; no bytes are no object.</summary>
    /// <returns>False when the bytes are not JSON of that form, or an array in them holds null.</returns>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, out T? value)
        where T : class
    {
        value = null;
        if (json.IsEmpty)
        {
            return true;
        }

        try
        {
            if (!IsPlain(json))
            {
                return false;
            }

            value = JsonSerializer.Deserialize(json, type);
            return value is not null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Whether bytes are one JSON object within the depth, without duplicate members, null in a list, or
    /// half a character.</summary>
    public static bool IsObject(ReadOnlySpan<byte> json)
    {
        try
        {
            return IsPlain(json)
                && System.Text.Json.JsonElement.Parse(json, OneOfEach).ValueKind == JsonValueKind.Object;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    // The serializer checks members for null and not what lists hold, and texts that it takes over and no others. What
    // is not JSON throws on the way, and so does an escape that is half of a surrogate pair.
    private static bool IsPlain(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = WireLimits.MaxJsonDepth });
        Span<bool> isArray = stackalloc bool[WireLimits.MaxJsonDepth + 1];
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                isArray[reader.CurrentDepth + 1] = reader.TokenType == JsonTokenType.StartArray;
            }
            else if (reader.TokenType == JsonTokenType.Null && isArray[reader.CurrentDepth])
            {
                return false;
            }
            else if (reader.ValueIsEscaped && reader.ValueSpan.IndexOf("\\u"u8) >= 0)
            {
                _ = reader.GetString();
            }
        }

        return true;
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
