using System.CommandLine;

namespace ThemisBridge.Cli.Commands;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        var configuration = new ConfigurationOptions();
        var root = new RootCommand(
            "One client for large language models: external vLLM, or a small model in this process.")
        {
            new AskCommand(configuration),
            new ServeCommand(configuration),
            new SidecarCommand(),
            new DoctorCommand(configuration),
            new BenchCommand(),
        };
        configuration.AddTo(root);
        return root;
    }
}
