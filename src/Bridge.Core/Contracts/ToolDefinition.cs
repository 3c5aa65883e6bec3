namespace ThemisBridge.Core.Contracts;

/// <summary>A function that the model may call.</summary>
/// <param name="Name">Its name: letters, digits, <c>_</c> and <c>-</c>, at most 64.</param>
/// <param name="Description">What it is for, in words for the model; or null.</param>
/// <param name="ParametersJson">A JSON schema of its arguments object, or null for a function without
/// arguments.</param>
public sealed record ToolDefinition(string Name, string? Description, string? ParametersJson)
{
    /// <summary>Whether arguments must follow the schema exactly. Null: the engine's default.</summary>
    public bool? Strict { get; init; }
}
