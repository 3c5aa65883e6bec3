using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Configuration;

namespace ThemisBridge.Cli.Doctor;

/// <summary>The Unix sockets of the configured addresses: whether they are there, and who may use them.</summary>
internal static class SocketCheck
{
    private const UnixFileMode Others =
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static IReadOnlyList<Finding> Run(IServiceProvider services)
    {
        if (OperatingSystem.IsWindows())
        {
            return [];
        }

        BridgeOptions options = services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        return
        [
            .. options.Engines.Values.SelectMany(engine => engine.Ladder).Select(PathOf).OfType<string>()
                .Distinct(StringComparer.Ordinal).Select(Look),
        ];
    }

    // "http+unix:///run/x.sock", "frames+unix:///run/x.sock"
    private static string? PathOf(string address)
    {
        const string Mark = "+unix://";
        int at = address.IndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : address[(at + Mark.Length)..];
    }

    [UnsupportedOSPlatform("windows")]
    private static Finding Look(string path)
    {
        string subject = $"socket {path}";
        try
        {
            UnixFileMode mode = File.GetUnixFileMode(path);
            UnixFileMode folder = new DirectoryInfo(Path.GetDirectoryName(path)!).UnixFileMode;
            string modes = $"mode {Octal(mode)}, folder {Octal(folder)}";
            return (mode & Others) != 0 && (folder & Others) != 0
                ? new(subject, FindingState.Warning, $"open to every user: {modes}",
                    $"Unless that is meant: chmod 0700 {Path.GetDirectoryName(path)}")
                : new(subject, FindingState.Ok, modes);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(subject, FindingState.Fault, "not there",
                "Start the engine that listens there (themis-bridge sidecar prints the sidecar's command).");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(subject, FindingState.Fault, error.Message, "Let this user into the folder of the socket.");
        }
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');
}
