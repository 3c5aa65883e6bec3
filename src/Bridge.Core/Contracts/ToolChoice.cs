namespace ThemisBridge.Core.Contracts;

/// <summary>Whether and which tool the model must call.</summary>
public sealed record ToolChoice
{
    private ToolChoice(string mode, string? function)
    {
        Mode = mode;
        Function = function;
    }

    /// <summary>The model decides.</summary>
    public static ToolChoice Auto { get; } = new("auto", null);

    /// <summary>No call.</summary>
    public static ToolChoice None { get; } = new("none", null);

    /// <summary>At least one call of any tool.</summary>
    public static ToolChoice Required { get; } = new("required", null);

    /// <summary>OpenAI's word: <c>auto</c>, <c>none</c>, <c>required</c> or <c>function</c>.</summary>
    public string Mode { get; }

    /// <summary>The function to call, when <see cref="Mode"/> is <c>function</c>; otherwise null.</summary>
    public string? Function { get; }

    /// <summary>A call of this function.</summary>
    /// <param name="name">The name of one of the request's tools.</param>
    public static ToolChoice Named(string name) => new("function", name);
}
