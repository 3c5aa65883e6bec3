using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>What <c>/v1/models</c> tells.</summary>
/// <param name="Models">The base models.</param>
/// <param name="Adapters">The adapters: entries with a <c>parent</c>.</param>
internal sealed record ModelList(IReadOnlyList<ModelDescriptor> Models, IReadOnlyList<ServedAdapter> Adapters)
{
    /// <summary>Who serves them, in the server's word: <c>vllm</c>, <c>llamacpp</c>; null when it does not
    /// tell.</summary>
    public string? Owner { get; init; }

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
        List<ServedAdapter> adapters = [];
        string? owner = null;
        foreach (JsonElement entry in data.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("id", out JsonElement id)
                || id.ValueKind != JsonValueKind.String)
            {
                throw new JsonException("An entry of the list of models has no id.");
            }

            if (entry.TryGetProperty("parent", out JsonElement parent) && parent.ValueKind == JsonValueKind.String)
            {
                adapters.Add(new ServedAdapter(id.GetString()!, parent.GetString()!, TextOf(entry, "root")));
                continue;
            }

            owner ??= TextOf(entry, "owned_by");
            models.Add(new ModelDescriptor(id.GetString()!) { MaxContextTokens = ContextOf(entry) });
        }

        return new ModelList(models, adapters) { Owner = owner };
    }

    // vLLM's field, or llama-server's.
    private static int? ContextOf(JsonElement entry)
    {
        JsonElement holder = entry.TryGetProperty("meta", out JsonElement meta)
            && meta.ValueKind == JsonValueKind.Object ? meta : default;
        return NumberOf(entry, "max_model_len") ?? NumberOf(holder, "n_ctx");
    }

    private static int? NumberOf(JsonElement holder, string name) => holder.ValueKind == JsonValueKind.Object
        && holder.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out int number) ? number : null;

    private static string? TextOf(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;
}
