namespace ThemisBridge.Cli.Composition;

/// <summary>The model that ships with the program, and the configuration that serves it from the engine
/// <c>native</c>.</summary>
internal static class EmbeddedModel
{
    /// <summary>Its public name.</summary>
    public const string Name = "themis-tiny";

    /// <summary>The lowest layer of the configuration.</summary>
    public static IReadOnlyDictionary<string, string?> Configuration { get; } = new Dictionary<string, string?>
    {
        ["ThemisBridge:Engines:native:Ladder:0"] = "native:",
        [$"ThemisBridge:Native:Models:{Name}:Path"] =
            Path.Combine(AppContext.BaseDirectory, "models", Name, "themis-tiny-q8_0.gguf"),
        [$"ThemisBridge:Routes:{Name}:0"] = "native",
    };
}
