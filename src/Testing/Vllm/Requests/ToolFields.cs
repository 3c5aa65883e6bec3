using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Reads <c>tools</c> and <c>tool_choice</c>, which vLLM takes only with a tool parser.</summary>
internal static class ToolFields
{
    /// <summary>Adds the tools to a prompt.</summary>
    /// <exception cref="VllmError">The choice is none of the tools, or the server has no parser.</exception>
    public static ChatPrompt AddTo(ChatPrompt prompt, FieldReader body, bool hasParser)
    {
        IReadOnlyList<ToolDefinition> tools = body.Get("tools") is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(ToolOf)] : [];
        if (tools.Count == 0)
        {
            return prompt;
        }

        ToolChoice choice = ChoiceOf(body.Get("tool_choice"), tools);
        if (choice.Mode == "none")
        {
            return prompt;
        }

        return hasParser
            ? prompt with { Tools = tools, ToolChoice = choice }
            : throw VllmError.BadRequest(choice.Mode switch
            {
                "function" => $"tool_choice=function \"{choice.Function}\" requires --tool-call-parser to be set",
                "required" => "tool_choice=\"required\" requires --tool-call-parser to be set",
                _ => "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
            });
    }

    private static ToolChoice ChoiceOf(JsonElement? choice, IReadOnlyList<ToolDefinition> tools)
    {
        if (choice is { ValueKind: JsonValueKind.Object } named
            && named.TryGetProperty("function", out JsonElement function)
            && function.TryGetProperty("name", out JsonElement name))
        {
            return tools.Any(tool => tool.Name == name.GetString())
                ? ToolChoice.Named(name.GetString()!)
                : throw VllmError.BadRequest("The tool specified in `tool_choice` does not match any of the specified "
                    + "`tools` (parameter=tool_choice)", "tool_choice");
        }

        return choice is { ValueKind: JsonValueKind.String } word ? word.GetString() switch
        {
            "none" => ToolChoice.None,
            "required" => ToolChoice.Required,
            _ => ToolChoice.Auto,
        } : ToolChoice.Auto;
    }

    private static ToolDefinition ToolOf(JsonElement tool)
    {
        JsonElement function = tool.TryGetProperty("function", out JsonElement found) ? found : tool;
        string? TextOf(string name) => function.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return new ToolDefinition(TextOf("name") ?? "", TextOf("description"),
            function.TryGetProperty("parameters", out JsonElement parameters) ? parameters.GetRawText() : null)
        {
            Strict = function.TryGetProperty("strict", out JsonElement strict) ? strict.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => null,
            } : null,
        };
    }
}
