using System.Globalization;
using ThemisBridge.Cli.Doctor;

namespace ThemisBridge.Cli.Sidecar;

/// <summary>Finds the Python that can run the sidecar.</summary>
internal static class Python
{
    private const int LeastMinor = 10;
    private const string Remedy =
        "The sidecar needs Python 3.10 or newer: install python3, or name one in THEMIS_PYTHON.";

    // A name without a folder is looked for on the PATH; Debian's own is tried too.
    private static readonly string?[] Candidates =
        [Environment.GetEnvironmentVariable("THEMIS_PYTHON"), "python3", "/usr/bin/python3"];

    /// <summary>The first that is new enough: its path and version; or null.</summary>
    public static async Task<(string Path, string Version)?> FindAsync(CancellationToken cancellationToken)
    {
        foreach (string candidate in Candidates.Where(one => !string.IsNullOrEmpty(one))!)
        {
            string? line = await ProgramOutput.FirstLineAsync(
                candidate, ["-c", "import sys; print(*sys.version_info[:3], sys.executable)"], cancellationToken);
            if (line?.Split(' ', 4) is [var major, var minor, var patch, var path]
                && major == "3" && int.Parse(minor, CultureInfo.InvariantCulture) >= LeastMinor)
            {
                return (path, $"{major}.{minor}.{patch}");
            }
        }

        return null;
    }

    /// <summary>What <c>doctor</c> says of it.</summary>
    public static async Task<Finding> CheckAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken) is { } found
            ? new Finding("Python", FindingState.Ok, $"{found.Version}, {found.Path}")
            : new Finding("Python", FindingState.Warning, "none that is new enough", Remedy);

    /// <summary>The error for a command that cannot do without.</summary>
    public static string Missing => $"No Python was found. {Remedy}";
}
