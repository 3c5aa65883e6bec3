using System.Text.Json;

namespace ThemisBridge.Bench.Reporting;

/// <summary>The report on disk.</summary>
internal static class ReportFile
{
    /// <summary>Writes it whole or not at all: a reader never sees half a report.</summary>
    /// <param name="path">Where; an older report there is replaced.</param>
    /// <param name="report">What.</param>
    /// <param name="cancellationToken">Ends the writing; the old file is then as it was.</param>
    public static async Task WriteAsync(string path, BenchReport report, CancellationToken cancellationToken)
    {
        var whole = path + ".tmp";
        var bytes = JsonSerializer.SerializeToUtf8Bytes(report, BenchJson.Readable.BenchReport);
        await File.WriteAllBytesAsync(whole, bytes, cancellationToken);
        File.Move(whole, path, overwrite: true);
    }
}
