using System.Text.Json;

namespace ThemisBridge.Testing.Tests.Vllm.Doubles;

/// <summary>Member names in their order and the kinds of values, without the values.</summary>
internal static class JsonShape
{
    /// <summary>The shape of a response's body: of its JSON, or of its events with repeated shapes told once. Errors
    /// and whatever is no JSON are compared as they are.</summary>
    public static string Of(RawAnswer answer)
    {
        if (answer.Headers.Contains("content-type: text/event-stream; charset=utf-8")
            || answer.Headers.Contains("content-type: text/event-stream"))
        {
            // Several choices come in no fixed order.
            string[] shapes = [.. answer.Chunks.OrderBy(IndexOf).Select(OfChunk)];
            return string.Join('\n', shapes.Where((shape, i) => i == 0 || shapes[i - 1] != shape))
                + (answer.IsComplete ? "\nend" : "\ncut");
        }

        return answer.Headers.Contains("content-type: application/json") ? Of(answer.Text)
            : answer.Headers.Contains("content-type: application/octet-stream") ? $"{answer.Body.Length} bytes"
            : answer.Text;
    }

    /// <summary>The shape of a JSON text.</summary>
    public static string Of(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        bool isError = root.ValueKind == JsonValueKind.Object
            && (root.TryGetProperty("error", out _) || root.TryGetProperty("detail", out _));
        return isError ? json : Of(root);
    }

    private static int IndexOf(string chunk) => chunk.Contains("\"choices\":[{\"index\":", StringComparison.Ordinal)
        ? chunk[chunk.IndexOf("\"index\":", StringComparison.Ordinal) + "\"index\":".Length] : int.MaxValue;

    private static string OfChunk(string chunk) => chunk.StartsWith("data: {", StringComparison.Ordinal)
        ? "data: " + Of(chunk["data: ".Length..]) : chunk;

    private static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(',', value.EnumerateObject().Select(OfMember)) + "}",
        JsonValueKind.Array => "[" + string.Join('|', value.EnumerateArray().Select(Of).Distinct()) + "]",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "flag",
        _ => "null",
    };

    // The names of these members are tokens.
    private static string OfMember(JsonProperty member) => member.Name switch
    {
        "top_logprobs" or "prompt_logprobs" when member.Value.ValueKind == JsonValueKind.Array =>
            $"{member.Name}:{OfTop(member.Value)}",
        _ => $"{member.Name}:{Of(member.Value)}",
    };

    private static string OfTop(JsonElement list) => "[" + string.Join('|', list.EnumerateArray().Select(one =>
        one.ValueKind == JsonValueKind.Object && !one.TryGetProperty("logprob", out _)
            ? "{" + string.Join('|', one.EnumerateObject().Select(token => Of(token.Value)).Distinct()) + "}"
            : Of(one)).Distinct()) + "]";
}
