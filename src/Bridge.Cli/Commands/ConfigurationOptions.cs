using System.CommandLine;
using Microsoft.Extensions.Configuration;
using ThemisBridge.Cli.Composition;

namespace ThemisBridge.Cli.Commands;

/// <summary>The options that every command has: where its configuration comes from.</summary>
internal sealed class ConfigurationOptions
{
    private readonly Option<string?> _file = new("--config")
    {
        Description = "A configuration file, JSON or YAML.",
        HelpName = "FILE",
        Recursive = true,
    };

    private readonly Option<string[]> _settings = new("--set")
    {
        Description = "One setting below ThemisBridge, such as Limits:IdleTimeout=00:00:10. May be repeated.",
        HelpName = "KEY=VALUE",
        Recursive = true,
        Arity = ArgumentArity.ZeroOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public void AddTo(Command root)
    {
        root.Add(_file);
        root.Add(_settings);
    }

    /// <summary>The configuration of a parsed command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="more">Settings that the command's own options stand for.</param>
    public IConfiguration Read(ParseResult parsed, params IEnumerable<string> more) =>
        CliConfiguration.Build(parsed.GetValue(_file), [.. more, .. parsed.GetValue(_settings) ?? []]);
}
