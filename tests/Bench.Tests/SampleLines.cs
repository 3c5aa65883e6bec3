using System.IO.Compression;
using System.Text.Json;

namespace ThemisBridge.Bench.Tests;

/// <summary>Reads a samples file back.</summary>
internal static class SampleLines
{
    public static async Task<IReadOnlyList<JsonElement>> ReadAsync(string path)
    {
        await using var unzipped = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var reader = new StreamReader(unzipped);
        var lines = new List<JsonElement>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            using var block = JsonDocument.Parse(line);
            lines.Add(block.RootElement.Clone());
        }
        return lines;
    }
}
