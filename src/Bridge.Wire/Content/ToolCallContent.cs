using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>A finished call of a function.</summary>
internal sealed record ToolCallContent
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Arguments { get; init; }

    public static ToolCallContent Of(ToolCall call) =>
        new() { Id = call.Id, Name = call.Name, Arguments = call.ArgumentsJson };

    public ToolCall ToCall() => new(Id, Name, Arguments);
}
