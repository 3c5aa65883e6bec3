namespace ThemisBridge.Core.Contracts;

/// <summary>A model as a backend serves it.</summary>
/// <param name="Name">Its name there.</param>
public sealed record ModelDescriptor(string Name)
{
    /// <summary>The context in tokens, or null when not known.</summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>The model's <c>generation_config</c>: values for options that a caller leaves out; or null.</summary>
    public SamplingOptions? Defaults { get; init; }
}
