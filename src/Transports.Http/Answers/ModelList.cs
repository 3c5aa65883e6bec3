using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>What <c>/v1/models</c> tells.</summary>
/// <param name="Models">The base models.</param>
/// <param name="Adapters">The names of adapters: entries with a <c>parent</c>.</param>
internal sealed record ModelList(IReadOnlyList<ModelDescriptor> Models, IReadOnlyList<string> Adapters)
{
    /// <summary>Reads a list.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static ModelList Parse(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8);
        using JsonDocument document = JsonDocument.ParseValue(ref json);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("data", out JsonElement data)
            || data.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("A list of models was expected.");
        }

        List<ModelDescriptor> models = [];
        List<string> adapters = [];
        foreach (JsonElement entry in data.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("id", out JsonElement id)
                || id.ValueKind != JsonValueKind.String)
            {
                throw new JsonException("An entry of the list of models has no id.");
            }

            if (entry.TryGetProperty("parent", out JsonElement parent) && parent.ValueKind == JsonValueKind.String)
            {
                adapters.Add(id.GetString()!);
                continue;
            }

            int? context = entry.TryGetProperty("max_model_len", out JsonElement length)
                && length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out int tokens) ? tokens : null;
            models.Add(new ModelDescriptor(id.GetString()!) { MaxContextTokens = context });
        }

        return new ModelList(models, adapters);
    }
}
