namespace ThemisBridge.Core.Contracts;

/// <summary>The form that the output must have: exactly one kind, with its value.</summary>
public sealed record StructuredOutput
{
    private StructuredOutput(StructuredOutputKind kind, string? value, IReadOnlyList<string> choices)
    {
        Kind = kind;
        Value = value;
        Choices = choices;
    }

    /// <summary>Any JSON object.</summary>
    public static StructuredOutput AnyJsonObject { get; } = new(StructuredOutputKind.JsonObject, null, []);

    /// <summary>Which kind.</summary>
    public StructuredOutputKind Kind { get; }

    /// <summary>The schema, expression or grammar; null for <see cref="StructuredOutputKind.JsonObject"/> and
    /// <see cref="StructuredOutputKind.Choice"/>.</summary>
    public string? Value { get; }

    /// <summary>The permitted answers of <see cref="StructuredOutputKind.Choice"/>; otherwise empty.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <summary>The schema's name in OpenAI's <c>response_format</c>, or null.</summary>
    public string? Name { get; init; }

    /// <summary>JSON that follows a schema.</summary>
    /// <param name="schemaJson">The JSON schema.</param>
    public static StructuredOutput JsonSchema(string schemaJson) =>
        new(StructuredOutputKind.JsonSchema, schemaJson, []);

    /// <summary>Text that a regular expression matches as a whole.</summary>
    /// <param name="pattern">The expression, in the engine's dialect.</param>
    public static StructuredOutput Regex(string pattern) => new(StructuredOutputKind.Regex, pattern, []);

    /// <summary>One of several texts.</summary>
    /// <param name="choices">The texts; not empty.</param>
    public static StructuredOutput OneOf(IReadOnlyList<string> choices) =>
        new(StructuredOutputKind.Choice, null, choices);

    /// <summary>Text of a context-free grammar.</summary>
    /// <param name="grammar">The grammar, in the engine's dialect (EBNF for vLLM, GBNF for llama.cpp).</param>
    public static StructuredOutput Grammar(string grammar) => new(StructuredOutputKind.Grammar, grammar, []);
}
