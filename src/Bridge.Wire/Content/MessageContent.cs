using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>One message of a conversation.</summary>
internal sealed record MessageContent
{
    public required string Role { get; init; }

    public required string Content { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<ToolCallContent>? ToolCalls { get; init; }

    public string? ToolCallId { get; init; }

    public string? Reasoning { get; init; }

    public static MessageContent Of(PromptMessage message) => new()
    {
        Role = message.Role,
        Content = message.Content,
        Name = message.Name,
        ToolCalls = message.ToolCalls.Count > 0 ? [.. message.ToolCalls.Select(ToolCallContent.Of)] : null,
        ToolCallId = message.ToolCallId,
        Reasoning = message.Reasoning,
    };

    public PromptMessage ToMessage() => new(Role, Content)
    {
        Name = Name,
        ToolCalls = ToolCalls is null ? [] : [.. ToolCalls.Select(call => call.ToCall())],
        ToolCallId = ToolCallId,
        Reasoning = Reasoning,
    };
}
