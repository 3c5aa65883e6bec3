namespace ThemisBridge.Core.Contracts;

/// <summary>The kinds of <see cref="StructuredOutput"/>.</summary>
public enum StructuredOutputKind
{
    /// <summary>JSON that follows a schema.</summary>
    JsonSchema,

    /// <summary>Any JSON object.</summary>
    JsonObject,

    /// <summary>Text that a regular expression matches.</summary>
    Regex,

    /// <summary>One of several texts.</summary>
    Choice,

    /// <summary>Text of a context-free grammar.</summary>
    Grammar,
}
