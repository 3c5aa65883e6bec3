using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>A model as a listener serves it.</summary>
public sealed record ModelContent
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its context in tokens, or null.</summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>Its own generation configuration, or null.</summary>
    public DefaultsContent? Defaults { get; init; }

    /// <summary>A model for the wire.</summary>
    /// <param name="model">The model.</param>
    public static ModelContent Of(ModelDescriptor model) => new()
    {
        Name = model.Name,
        MaxContextTokens = model.MaxContextTokens,
        Defaults = model.Defaults is { } defaults ? DefaultsContent.Of(defaults) : null,
    };

    /// <summary>A model from the wire.</summary>
    public ModelDescriptor ToDescriptor() =>
        new(Name) { MaxContextTokens = MaxContextTokens, Defaults = Defaults?.ToSampling() };
}
