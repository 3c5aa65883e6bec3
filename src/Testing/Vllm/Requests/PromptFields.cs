using System.Text.Json;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Reads the <c>prompt</c> of a completion: a text, ids, or a list of either.</summary>
internal static class PromptFields
{
    /// <summary>The prompts, each a text or ids; empty when there is none or it is empty.</summary>
    public static IReadOnlyList<CallPrompt> Read(JsonElement prompt, SchemaFaults faults)
    {
        if (prompt.ValueKind == JsonValueKind.String)
        {
            return [new CallPrompt { Text = prompt.GetString()! }];
        }

        if (prompt.ValueKind == JsonValueKind.Array)
        {
            JsonElement[] items = [.. prompt.EnumerateArray()];
            if (items.All(IsId))
            {
                return items.Length == 0 ? [] : [new CallPrompt { Ids = IdsOf(prompt) }];
            }

            if (items.All(item => item.ValueKind == JsonValueKind.String))
            {
                return [.. items.Select(item => new CallPrompt { Text = item.GetString()! })];
            }

            if (items.All(item => item.ValueKind == JsonValueKind.Array && item.EnumerateArray().All(IsId)))
            {
                return [.. items.Select(item => new CallPrompt { Ids = IdsOf(item) })];
            }
        }

        NoteFaults(prompt, faults);
        return [];
    }

    private static bool IsId(JsonElement item) =>
        item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id >= 0;

    private static int[] IdsOf(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];

    // In the order of the union: ids, lists of ids, a text, texts.
    private static void NoteFaults(JsonElement prompt, SchemaFaults faults)
    {
        const string At = "body.prompt";
        JsonElement[] items = prompt.ValueKind == JsonValueKind.Array ? [.. prompt.EnumerateArray()] : [];
        bool isList = prompt.ValueKind == JsonValueKind.Array;
        NoteUnless(isList, "list_type", At, "Input should be a valid list", prompt, faults);
        for (int i = 0; i < items.Length; i++)
        {
            NoteId(items[i], $"{At}.{i}", faults);
        }

        NoteUnless(isList, "list_type", At, "Input should be a valid list", prompt, faults);
        for (int i = 0; i < items.Length; i++)
        {
            NoteUnless(items[i].ValueKind == JsonValueKind.Array, "list_type", $"{At}.{i}",
                "Input should be a valid list", items[i], faults);
        }

        faults.Add("string_type", At, "Input should be a valid string", prompt);
        NoteUnless(isList, "list_type", At, "Input should be a valid list", prompt, faults);
        for (int i = 0; i < items.Length; i++)
        {
            NoteUnless(items[i].ValueKind == JsonValueKind.String, "string_type", $"{At}.{i}",
                "Input should be a valid string", items[i], faults);
        }
    }

    private static void NoteId(JsonElement item, string at, SchemaFaults faults)
    {
        if (IsId(item))
        {
            return;
        }

        switch (item.ValueKind)
        {
            case JsonValueKind.Number when item.TryGetInt64(out long negative) && negative < 0:
                faults.Add("greater_than_equal", at, "Input should be greater than or equal to 0", item, "{'ge': 0}");
                break;
            case JsonValueKind.Number:
                faults.Add("int_from_float", at,
                    "Input should be a valid integer, got a number with a fractional part", item);
                break;
            case JsonValueKind.String:
                faults.Add("int_parsing", at,
                    "Input should be a valid integer, unable to parse string as an integer", item);
                break;
            default:
                faults.Add("int_type", at, "Input should be a valid integer", item);
                break;
        }
    }

    private static void NoteUnless(
        bool isRight, string type, string at, string message, JsonElement input, SchemaFaults faults)
    {
        if (!isRight)
        {
            faults.Add(type, at, message, input);
        }
    }
}
