using Microsoft.Extensions.Configuration;
using ThemisBridge.Core.Configuration;

namespace ThemisBridge.Cli.Composition;

/// <summary>
/// The configuration of a command. Later layers win: the embedded model, <c>themis-bridge.json</c> in the current
/// directory, the file of <c>--config</c>, the environment (<c>ThemisBridge__…</c>), <c>--set</c>.
/// </summary>
internal static class CliConfiguration
{
    private const string DefaultFile = "themis-bridge.json";

    /// <summary>Reads all layers.</summary>
    /// <param name="file">The file of <c>--config</c>, JSON or YAML by its ending; or null.</param>
    /// <param name="settings"><c>KEY=VALUE</c> each, keys below <c>ThemisBridge</c>.</param>
    public static IConfiguration Build(string? file, IEnumerable<string> settings)
    {
        IConfigurationBuilder builder = new ConfigurationBuilder()
            .AddInMemoryCollection(EmbeddedModel.Configuration)
            .AddJsonFile(Path.GetFullPath(DefaultFile), optional: true, reloadOnChange: false);
        if (file is not null)
        {
            AddFile(builder, Path.GetFullPath(file));
        }

        builder.AddEnvironmentVariables().AddInMemoryCollection(settings.Select(Setting));
        try
        {
            return builder.Build();
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or FileNotFoundException
            or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"The configuration cannot be read: {exception.Message} {exception.InnerException?.Message}".TrimEnd(),
                exception);
        }
    }

    private static void AddFile(IConfigurationBuilder builder, string path)
    {
        if (Directory.Exists(path))
        {
            throw new ConfigurationException($"--config {path} is a directory; expected a JSON or YAML file.");
        }

        _ = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" => builder.AddJsonFile(path, optional: false, reloadOnChange: false),
            ".yaml" or ".yml" => builder.Add<YamlConfigurationSource>(source =>
            {
                source.Path = path;
                source.ResolveFileProvider();
            }),
            _ => throw new ConfigurationException(
                $"--config {path}: expected a file that ends in .json, .yaml or .yml."),
        };
    }

    private static KeyValuePair<string, string?> Setting(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new($"{BridgeOptions.SectionName}:{setting[..equals]}", setting[(equals + 1)..])
            : throw new ConfigurationException(
                $"--set {setting}: expected KEY=VALUE, such as Limits:IdleTimeout=00:00:10.");
    }
}
