using System.Globalization;
using Microsoft.Extensions.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ThemisBridge.Cli.Composition;

/// <summary>Reads the first document of a YAML file into flat keys.</summary>
internal sealed class YamlConfigurationProvider(YamlConfigurationSource source) : FileConfigurationProvider(source)
{
    private const int MaxDepth = 32;

    public override void Load(Stream stream)
    {
        var yaml = new YamlStream();
        using var reader = new StreamReader(stream);
        try
        {
            yaml.Load(reader);
        }
        catch (YamlException exception)
        {
            throw new FormatException(
                $"Line {exception.Start.Line}, column {exception.Start.Column}: {exception.Message}");
        }

        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (yaml.Documents.Count > 0)
        {
            Flatten(yaml.Documents[0].RootNode, [], data);
        }

        Data = data;
    }

    // An alias that contains itself would never end; no configuration is this deep.
    private static void Flatten(YamlNode node, IReadOnlyList<string> path, Dictionary<string, string?> data)
    {
        if (path.Count > MaxDepth)
        {
            throw new FormatException($"Line {node.Start.Line}: the structure is deeper than {MaxDepth} levels.");
        }

        switch (node)
        {
            case YamlMappingNode mapping:
                foreach ((YamlNode key, YamlNode value) in mapping.Children)
                {
                    string name = (key as YamlScalarNode)?.Value
                        ?? throw new FormatException($"Line {key.Start.Line}: a key must be a plain word.");
                    Flatten(value, [.. path, name], data);
                }

                break;
            case YamlSequenceNode sequence:
                for (int i = 0; i < sequence.Children.Count; i++)
                {
                    Flatten(sequence.Children[i], [.. path, i.ToString(CultureInfo.InvariantCulture)], data);
                }

                break;
            case YamlScalarNode scalar:
                data[ConfigurationPath.Combine(path)] = IsNull(scalar) ? null : scalar.Value;
                break;
        }
    }

    private static bool IsNull(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null";
}
