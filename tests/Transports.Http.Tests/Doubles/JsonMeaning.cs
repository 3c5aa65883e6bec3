using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>
/// Compares request bodies by what they mean: order and spelling of numbers do not matter, a value that switches
/// nothing on is as good as absent, one stop string is a list of one. We always ask for usage, and never for text that
/// the token endpoint would throw away: neither changes what is generated. That endpoint's base model needs no name.
/// </summary>
internal static class JsonMeaning
{
    /// <summary>A canonical text of a body.</summary>
    public static string Of(ReadOnlyMemory<byte> body)
    {
        JsonObject root = JsonNode.Parse(body.Span)!.AsObject();
        Normalize(root);
        if (root["sampling_params"] is JsonObject sampling)
        {
            Normalize(sampling);
            if (root["model"]?.GetValue<string>() == "themis-tiny")
            {
                root.Remove("model");
            }
        }

        return Canonical(root);
    }

    private static void Normalize(JsonObject root)
    {
        bool isStream = root["stream"]?.GetValueKind() == JsonValueKind.True;
        foreach (string name in new[] { "stream", "ignore_eos", "include_stop_str_in_output", "detokenize" })
        {
            if (root[name]?.GetValueKind() == JsonValueKind.False)
            {
                root.Remove(name);
            }
        }

        if (isStream && root["stream_options"] is JsonObject { Count: 1 } options
            && options["include_usage"]?.GetValueKind() == JsonValueKind.True)
        {
            root.Remove("stream_options");
        }

        if (root["stop"]?.GetValueKind() == JsonValueKind.String)
        {
            root["stop"] = new JsonArray(root["stop"]!.DeepClone());
        }
    }

    private static string Canonical(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject map => "{" + string.Join(',', map.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => JsonSerializer.Serialize(entry.Key) + ":" + Canonical(entry.Value))) + "}",
        JsonArray list => "[" + string.Join(',', list.Select(Canonical)) + "]",
        JsonValue value when value.GetValueKind() == JsonValueKind.Number =>
            value.GetValue<double>().ToString("R", CultureInfo.InvariantCulture),
        _ => node.ToJsonString(),
    };
}
