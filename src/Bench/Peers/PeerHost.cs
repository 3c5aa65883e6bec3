using System.Reflection;

namespace ThemisBridge.Bench.Peers;

/// <summary>
/// How to start this program once more as a peer. The far side of every .NET measurement is the same executable with
/// the hidden first argument <see cref="BenchPeer.Argument"/>, so whoever hosts the harness passes that on to
/// <see cref="BenchPeer"/>.
/// </summary>
/// <param name="FileName">The executable.</param>
/// <param name="Arguments">What comes before a peer's own arguments.</param>
internal sealed record PeerHost(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>The running program: its own executable, or <c>dotnet</c> with the program's assembly.</summary>
    /// <exception cref="InvalidOperationException">The platform does not tell.</exception>
    public static PeerHost Current()
    {
        var path = Environment.ProcessPath
            ?? throw new InvalidOperationException("The platform does not tell this program's own path.");
        if (!Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
            return new PeerHost(path, [BenchPeer.Argument]);

        var assembly = Assembly.GetEntryAssembly()?.Location;
        return string.IsNullOrEmpty(assembly)
            ? throw new InvalidOperationException("The platform does not tell this program's entry assembly.")
            : new PeerHost(path, [assembly, BenchPeer.Argument]);
    }
}
