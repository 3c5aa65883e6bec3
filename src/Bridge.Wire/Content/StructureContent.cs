using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>The form that the output must have.</summary>
internal sealed record StructureContent
{
    // By StructuredOutputKind.
    private static readonly string[] Kinds = ["json_schema", "json_object", "regex", "choice", "grammar"];

    public required string Kind { get; init; }

    public string? Value { get; init; }

    public IReadOnlyList<string>? Choices { get; init; }

    public string? Name { get; init; }

    public static StructureContent Of(StructuredOutput structure) => new()
    {
        Kind = Kinds[(int)structure.Kind],
        Value = structure.Value,
        Choices = structure.Choices.Count > 0 ? structure.Choices : null,
        Name = structure.Name,
    };

    /// <summary>For Core, or null when it does not hold together.</summary>
    public StructuredOutput? ToStructure()
    {
        StructuredOutput? structure = (Kind, Value, Choices) switch
        {
            ("json_object", null, null) => StructuredOutput.AnyJsonObject,
            ("json_schema", { } schema, null) => StructuredOutput.JsonSchema(schema),
            ("regex", { } pattern, null) => StructuredOutput.Regex(pattern),
            ("choice", null, { } choices) => StructuredOutput.OneOf(choices),
            ("grammar", { } grammar, null) => StructuredOutput.Grammar(grammar),
            _ => null,
        };
        return structure is null || Name is null ? structure : structure with { Name = Name };
    }
}
