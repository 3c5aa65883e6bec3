using System.CommandLine;

namespace ThemisBridge.Cli.Commands;

/// <summary><c>bench</c>: what things cost on this machine.</summary>
internal sealed class BenchCommand : Command
{
    public BenchCommand()
        : base("bench", "Measure what transports cost on this machine.") => Add(new BenchTransportsCommand());
}
