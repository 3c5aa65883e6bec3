using Microsoft.Extensions.Configuration;

namespace ThemisBridge.Cli.Composition;

/// <summary>A YAML file as configuration, with the same keys as the same structure in JSON.</summary>
internal sealed class YamlConfigurationSource : FileConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new YamlConfigurationProvider(this);
    }
}
