using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>A function that the model may call.</summary>
internal sealed record ToolContent
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? Parameters { get; init; }

    public bool? Strict { get; init; }

    public static ToolContent Of(ToolDefinition tool) => new()
    {
        Name = tool.Name,
        Description = tool.Description,
        Parameters = tool.ParametersJson,
        Strict = tool.Strict,
    };

    public ToolDefinition ToDefinition() => new(Name, Description, Parameters) { Strict = Strict };
}
