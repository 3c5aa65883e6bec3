using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ThemisBridge.Core.Configuration;

/// <summary>Binds a transport's options from a place in the section <c>ThemisBridge</c>.</summary>
/// <typeparam name="TOptions">The options.</typeparam>
/// <param name="configuration">The section, or null when the bridge was configured in code alone.</param>
/// <param name="path">The place below it, <c>:</c> between its parts; <c>{0}</c> stands for the name of named
/// options.</param>
public sealed class BindFromBridge<TOptions>(BridgeConfiguration? configuration, string path)
    : IConfigureNamedOptions<TOptions>
    where TOptions : class
{
    /// <inheritdoc />
    public void Configure(TOptions options) => Configure(Options.DefaultName, options);

    /// <inheritdoc />
    public void Configure(string? name, TOptions options) =>
        configuration?.Section.GetSection(path.Replace("{0}", name, StringComparison.Ordinal)).Bind(options);
}
