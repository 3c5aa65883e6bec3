using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Reads chat messages and tools.</summary>
internal static class MessageFields
{
    public static PromptMessage Message(Field message)
    {
        string? role = null;
        string content = "";
        string? name = null;
        string? callId = null;
        string? reasoning = null;
        IReadOnlyList<ToolCall> calls = [];
        foreach (Field member in message.Members())
        {
            switch (member.Key)
            {
                case "role":
                    role = member.Text();
                    break;
                case "content":
                    content = Content(member);
                    break;
                case "name":
                    name = member.Text();
                    break;
                case "tool_call_id":
                    callId = member.Text();
                    break;
                case "tool_calls":
                    calls = [.. member.Items().Select(Call)];
                    break;
                case "reasoning" or "reasoning_content":
                    reasoning = member.Text();
                    break;
                case "refusal" or "annotations":
                    // OpenAI's own answers carry them; clients send those answers back.
                    break;
                default:
                    throw member.Unknown();
            }
        }

        return new PromptMessage(
            role ?? throw Missing($"{message.Name}.role"), content)
        {
            Name = name,
            ToolCallId = callId,
            ToolCalls = calls,
            Reasoning = reasoning,
        };
    }

    public static ToolDefinition Tool(Field tool)
    {
        ToolDefinition? function = null;
        foreach (Field member in tool.Members())
        {
            switch (member.Key)
            {
                case "type":
                    member.Require(member.Text() == "function", "Only tools of type \"function\" can be called.");
                    break;
                case "function":
                    function = Function(member);
                    break;
                default:
                    throw member.Unknown();
            }
        }

        return function ?? throw Missing($"{tool.Name}.function");
    }

    public static ToolChoice Choice(Field choice)
    {
        if (choice.Value.ValueKind != JsonValueKind.Object)
        {
            return choice.Text() switch
            {
                "auto" => ToolChoice.Auto,
                "none" => ToolChoice.None,
                "required" => ToolChoice.Required,
                _ => throw choice.WrongType("auto, none, required or a function"),
            };
        }

        Field function = choice.Members().FirstOrDefault(member => member.Key == "function");
        Field name = function.Name is null
            ? default
            : function.Members().FirstOrDefault(member => member.Key == "name");
        return name.Name is null
            ? throw Refusal.InvalidRequest(choice.Name, $"{choice.Name}.function.name is missing.")
            : ToolChoice.Named(name.Text());
    }

    // Text parts are joined by line breaks, as vLLM does for templates that know only strings.
    private static string Content(Field content) => content.Value.ValueKind == JsonValueKind.Array
        ? string.Join('\n', content.Items().Select(Part))
        : content.Text();

    private static string Part(Field part)
    {
        string? text = null;
        foreach (Field member in part.Members())
        {
            switch (member.Key)
            {
                case "type":
                    member.Require(member.Text() is "text" or "input_text", "Only parts of type \"text\" can be sent.");
                    break;
                case "text":
                    text = member.Text();
                    break;
                default:
                    throw member.Unknown();
            }
        }

        return text ?? throw Missing($"{part.Name}.text");
    }

    private static ToolCall Call(Field call)
    {
        string id = "";
        string? name = null;
        string arguments = "";
        foreach (Field member in call.Members())
        {
            switch (member.Key)
            {
                case "id":
                    id = member.Text();
                    break;
                case "type":
                    member.Require(member.Text() == "function", "Only calls of type \"function\" are known.");
                    break;
                case "function":
                    foreach (Field part in member.Members())
                    {
                        (name, arguments) = part.Key switch
                        {
                            "name" => (part.Text(), arguments),
                            "arguments" => (name, part.Text()),
                            _ => throw part.Unknown(),
                        };
                    }

                    break;
                case "index":
                    break;
                default:
                    throw member.Unknown();
            }
        }

        return new ToolCall(id,
            name ?? throw Missing($"{call.Name}.function.name"), arguments);
    }

    private static ToolDefinition Function(Field function)
    {
        string? name = null;
        string? description = null;
        string? parameters = null;
        bool? strict = null;
        foreach (Field member in function.Members())
        {
            switch (member.Key)
            {
                case "name":
                    name = member.Text();
                    break;
                case "description":
                    description = member.Text();
                    break;
                case "parameters":
                    parameters = member.Value.GetRawText();
                    break;
                case "strict":
                    strict = member.Flag();
                    break;
                default:
                    throw member.Unknown();
            }
        }

        return new ToolDefinition(
            name ?? throw Missing($"{function.Name}.name"), description, parameters)
        { Strict = strict };
    }

    private static BridgeException Missing(string field) => Refusal.InvalidRequest(field, $"{field} is missing.");
}
