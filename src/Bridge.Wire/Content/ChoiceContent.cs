using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>Whether and which tool the model must call.</summary>
internal sealed record ChoiceContent
{
    public required string Mode { get; init; }

    public string? Function { get; init; }

    /// <summary>For Core, or null when it is none.</summary>
    public ToolChoice? ToChoice() => (Mode, Function) switch
    {
        ("auto", null) => ToolChoice.Auto,
        ("none", null) => ToolChoice.None,
        ("required", null) => ToolChoice.Required,
        ("function", { } name) => ToolChoice.Named(name),
        _ => null,
    };
}
