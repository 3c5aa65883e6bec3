using System.Text.Json;

namespace ThemisBridge.Tokenization.Files;

/// <summary>
/// One JSON object inside a model file. Reading goes through it so that every wrong kind of value is refused with the
/// file's name and the place in it.
/// </summary>
internal readonly struct ModelJson
{
    private readonly JsonElement _element;

    private ModelJson(string file, string path, JsonElement element)
    {
        File = file;
        Path = path;
        _element = element;
    }

    /// <summary>The file's name.</summary>
    public string File { get; }

    /// <summary>Where the value stands in the file, as <c>model.merges[3]</c>.</summary>
    public string Path { get; }

    public JsonValueKind Kind => _element.ValueKind;

    public bool IsNull => Kind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>Reads a file after counting what is in it, so that memory is bounded before any is taken.</summary>
    public static ModelJson Parse(string file, ReadOnlyMemory<byte> utf8)
    {
        try
        {
            Count(file, utf8.Span);
            var options = new JsonDocumentOptions
            {
                MaxDepth = ModelFileLimits.JsonDepth,
                AllowDuplicateProperties = false,
            };
            using var document = JsonDocument.Parse(utf8, options);
            return new ModelJson(file, "", document.RootElement.Clone()).Require(JsonValueKind.Object);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second comes for a name with half a UTF-16 pair.
            throw ModelFileFault.Of(file, $"no valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>A member of this object; null if it is absent.</summary>
    public ModelJson Get(string name)
    {
        Require(JsonValueKind.Object)._element.TryGetProperty(name, out var value);
        return new ModelJson(File, Path.Length == 0 ? name : $"{Path}.{name}", value);
    }

    /// <summary>A member that must be an object.</summary>
    public ModelJson GetObject(string name) => Get(name).Require(JsonValueKind.Object);

    /// <summary>A member that must be a string.</summary>
    public string GetString(string name) => Get(name).AsString();

    /// <summary>A member that must be a boolean where it is given.</summary>
    public bool GetBool(string name, bool otherwise = false)
    {
        var value = Get(name);
        return value.Kind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ when value.IsNull => otherwise,
            _ => throw value.Fault("true or false is expected"),
        };
    }

    /// <summary>The items of a member that must be an array; none where it is absent.</summary>
    public IEnumerable<ModelJson> GetItems(string name)
    {
        var array = Get(name);
        return array.IsNull ? [] : array.Items();
    }

    /// <summary>The items of this array.</summary>
    public IEnumerable<ModelJson> Items()
    {
        var self = Require(JsonValueKind.Array);
        return self._element.EnumerateArray().Select((item, index) =>
            new ModelJson(self.File, $"{self.Path}[{index}]", item));
    }

    /// <summary>The number of items of this array.</summary>
    public int Length => Require(JsonValueKind.Array)._element.GetArrayLength();

    /// <summary>The members of this object.</summary>
    public IEnumerable<(string Name, ModelJson Value)> Members()
    {
        var self = Require(JsonValueKind.Object);
        return self._element.EnumerateObject().Select(member =>
            (self.NameOf(member), new ModelJson(self.File, self.Path, member.Value)));
    }

    public string AsString()
    {
        try
        {
            return Require(JsonValueKind.String)._element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault("the string has half a UTF-16 pair or is no UTF-8");
        }
    }

    /// <summary>This value as a token id.</summary>
    public int AsId()
    {
        if (Kind != JsonValueKind.Number || !_element.TryGetInt32(out var id) || id is < 0 or >= ModelFileLimits.Ids)
        {
            throw Fault($"a token id from 0 to {ModelFileLimits.Ids - 1} is expected");
        }

        return id;
    }

    /// <summary>This value as a finite number.</summary>
    public double AsNumber() => Kind == JsonValueKind.Number && _element.TryGetDouble(out var value)
        && double.IsFinite(value) ? value : throw Fault("a finite number is expected");

    public ModelJson Require(JsonValueKind kind) =>
        Kind == kind ? this : throw Fault($"{kind} is expected, {(IsNull ? "nothing" : Kind)} found");

    /// <summary>An exception that names this place.</summary>
    public Core.Failures.BridgeException Fault(string what) =>
        ModelFileFault.Of(File, Path.Length == 0 ? what : $"{Path}: {what}");

    private static void Count(string file, ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = ModelFileLimits.JsonDepth });
        var count = 0;
        while (reader.Read())
        {
            if (++count > ModelFileLimits.JsonTokens)
            {
                throw ModelFileFault.Of(file, $"more than {ModelFileLimits.JsonTokens} JSON values");
            }
        }
    }

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw Fault("a name has half a UTF-16 pair or is no UTF-8");
        }
    }
}
