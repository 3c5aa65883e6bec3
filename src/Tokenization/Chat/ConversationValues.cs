using System.Collections.Frozen;
using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat;

/// <summary>Makes a conversation into what templates see of it, in vLLM's shapes.</summary>
internal static class ConversationValues
{
    private const int JsonDepth = 64;

    /// <summary>
    /// Roles that are words of the protocol and not of the conversation, so that a template may build a special token
    /// of one: <c>'&lt;|' + role + '|&gt;'</c>.
    /// </summary>
    private static readonly FrozenSet<string> KnownRoles =
        new[] { "system", "developer", "user", "assistant", "tool", "function", "ipython", "model" }.ToFrozenSet();

    /// <param name="messages">The messages.</param>
    /// <param name="format">What the template expects as content.</param>
    /// <param name="ending">What is put after the content of the last message.</param>
    public static JinjaList Messages(IReadOnlyList<PromptMessage> messages, ContentFormat format, TracedText ending)
    {
        var list = new List<object?>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            list.Add(Message(messages[i], format, i == messages.Count - 1 ? ending : TracedText.Empty));
        }

        return new JinjaList(list);
    }

    /// <summary>The tools as vLLM hands them over, absent members as null; null for none.</summary>
    public static JinjaList? Tools(IReadOnlyList<ToolDefinition> tools) =>
        tools.Count == 0 ? null : new JinjaList([.. tools.Select(Tool)]);

    private static JinjaDict Message(PromptMessage message, ContentFormat format, TracedText ending)
    {
        var dict = new JinjaDict();
        var isKnown = KnownRoles.Contains(message.Role);
        dict.Set("role", isKnown ? TracedText.Trusted(message.Role) : Text(message.Role, "role"));
        dict.Set("content", Content(message, format, ending));
        if (message.ToolCalls.Count > 0)
        {
            dict.Set("tool_calls", new JinjaList([.. message.ToolCalls.Select(Call)]));
        }

        if (message.Reasoning is { } reasoning)
        {
            dict.Set("reasoning", Text(reasoning, "reasoning"));
            dict.Set("reasoning_content", Text(reasoning, "reasoning"));
        }

        if (message.ToolCallId is { } callId)
        {
            dict.Set("tool_call_id", Text(callId, "tool_call_id"));
        }

        if (message.Name is { } name)
        {
            dict.Set("name", Text(name, "name"));
        }

        return dict;
    }

    private static object Content(PromptMessage message, ContentFormat format, TracedText ending)
    {
        var builder = new TracedTextBuilder();
        builder.Append(Text(message.Content, "content"));
        builder.Append(ending);
        var content = builder.Build();
        if (format == ContentFormat.Text || message.Role == "tool")
        {
            return content;
        }

        if (content.Length == 0 && message.ToolCalls.Count > 0)
        {
            return new JinjaList([]);
        }

        var part = new JinjaDict();
        part.Set("type", TracedText.Trusted("text"));
        part.Set("text", content);
        return new JinjaList([part]);
    }

    private static object Call(ToolCall call)
    {
        var function = new JinjaDict();
        function.Set("name", Text(call.Name, "tool_calls"));
        function.Set("arguments", Arguments(call.ArgumentsJson));
        var dict = new JinjaDict();
        dict.Set("id", Text(call.Id, "tool_calls"));
        dict.Set("type", TracedText.Trusted("function"));
        dict.Set("function", function);
        return dict;
    }

    /// <summary>
    /// Arguments that are no JSON are an empty dictionary, as in vLLM: the model wrote them, not the caller.
    /// </summary>
    private static object? Arguments(string json)
    {
        try
        {
            return Json(json, "tool_calls");
        }
        catch (JsonException)
        {
            return new JinjaDict();
        }
    }

    private static object Tool(ToolDefinition tool)
    {
        var function = new JinjaDict();
        function.Set("name", Text(tool.Name, "tools"));
        function.Set("description", tool.Description is null ? null : Text(tool.Description, "tools"));
        function.Set("parameters", tool.ParametersJson is null ? null : Parameters(tool.ParametersJson));
        if (tool.Strict is { } strict)
        {
            function.Set("strict", strict);
        }

        var dict = new JinjaDict();
        dict.Set("type", TracedText.Trusted("function"));
        dict.Set("function", function);
        return dict;
    }

    private static object? Parameters(string json)
    {
        try
        {
            return Json(json, "tools");
        }
        catch (JsonException)
        {
            throw Refusal.InvalidRequest("tools", "The parameters of a tool are no JSON. Send a JSON schema.");
        }
    }

    private static object? Json(string json, string parameter)
    {
        LoneSurrogates.Refuse(json, parameter);
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonDepth });
        try
        {
            return JsonText.Read(document.RootElement, budget: null);
        }
        catch (InvalidOperationException)
        {
            throw Refusal.InvalidRequest(parameter, "A JSON string has half a UTF-16 pair. Send well-formed text.");
        }
    }

    private static TracedText Text(string text, string parameter)
    {
        LoneSurrogates.Refuse(text, parameter);
        return TracedText.Untrusted(text);
    }
}
