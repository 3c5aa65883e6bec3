namespace ThemisBridge.Core.Contracts;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>, or what the template
/// knows.</param>
/// <param name="Content">What is said; may be empty beside tool calls.</param>
public sealed record PromptMessage(string Role, string Content)
{
    /// <summary>The name of the participant, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The calls that an assistant message makes; empty for none.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>The call that a tool message answers, or null.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>What an assistant message thought before its content, for templates that show it; or null.</summary>
    public string? Reasoning { get; init; }
}
