namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>What a template may ask for at most. Real templates stay a hundred times below.</summary>
internal static class JinjaLimits
{
    /// <summary>The longest template in UTF-16 units.</summary>
    public const int TemplateLength = 1024 * 1024;

    /// <summary>The deepest nesting of expressions and statements, and the longest chain of one operator.</summary>
    public const int Depth = 250;

    /// <summary>The most expressions and statements that one rendering evaluates: about a second.</summary>
    public const int Steps = 5_000_000;

    /// <summary>The longest prompt in UTF-16 units.</summary>
    public const int OutputLength = 32 * 1024 * 1024;

    /// <summary>The most characters that all strings of one rendering together have.</summary>
    public const long TextLength = 512L * 1024 * 1024;

    /// <summary>The most items that <c>range</c> counts, as in Jinja's sandbox.</summary>
    public const int RangeLength = 100_000;

    /// <summary>The most digits of a whole number in JSON, as in Python.</summary>
    public const int NumberLength = 4300;

    /// <summary>The deepest nesting of macro calls.</summary>
    public const int CallDepth = 100;

    /// <summary>The deepest nesting of a value that is printed, compared or written as JSON.</summary>
    public const int ValueDepth = 100;
}
