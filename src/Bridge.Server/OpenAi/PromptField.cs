using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Reads what OpenAI allows as a prompt or an input: a text, token ids, or a list of either.</summary>
internal static class PromptField
{
    /// <summary>Exactly one prompt.</summary>
    public static Prompt Single(Field field)
    {
        IReadOnlyList<Prompt> prompts = Many(field);
        return prompts.Count == 1
            ? prompts[0]
            : throw field.Unsupported("One prompt per request: send one request for each.");
    }

    /// <summary>One or more prompts.</summary>
    public static IReadOnlyList<Prompt> Many(Field field)
    {
        if (field.Value.ValueKind == JsonValueKind.String)
        {
            return [new TextPrompt(field.Text())];
        }

        if (field.Value.ValueKind != JsonValueKind.Array)
        {
            throw field.WrongType("a string, a list of strings, a list of token ids, or a list of such lists");
        }

        if (field.Value.GetArrayLength() == 0)
        {
            return [new TokenPrompt(ReadOnlyMemory<int>.Empty)];
        }

        return field.Value[0].ValueKind == JsonValueKind.Number
            ? [Tokens(field)]
            : [.. field.Items().Select(Prompt (item) =>
                item.Value.ValueKind == JsonValueKind.Array ? Tokens(item) : new TextPrompt(item.Text()))];
    }

    private static TokenPrompt Tokens(Field field)
    {
        int[] ids = new int[field.Value.GetArrayLength()];
        int count = 0;
        foreach (JsonElement item in field.Value.EnumerateArray())
        {
            ids[count] = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id)
                ? id
                : throw field.WrongType("a list of token ids");
            count++;
        }

        return new TokenPrompt(ids);
    }
}
