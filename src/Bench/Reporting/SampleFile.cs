using System.Globalization;
using System.IO.Compression;
using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Reporting;

/// <summary>
/// The raw samples: gzip, one line of JSON per block, in the order measured:
/// <c>{"id":…,"placement":…,"role":"baseline"|"twin"|"ours","samples":[…]}</c>.
/// </summary>
internal sealed class SampleFile : IBlockSink, IAsyncDisposable
{
    private readonly StreamWriter _writer;

    private SampleFile(StreamWriter writer) => _writer = writer;

    /// <summary>Begins the file, over an older one.</summary>
    /// <param name="path">Where.</param>
    public static SampleFile Create(string path) =>
        new(new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.Fastest)));

    /// <inheritdoc/>
    public void Add(RowKey row, ProbeRole role, ReadOnlySpan<double> samples)
    {
        _writer.Write("{\"id\":\"");
        _writer.Write(row.Id);
        _writer.Write("\",\"placement\":\"");
        _writer.Write(Words.Of(row.Placement));
        _writer.Write("\",\"role\":\"");
        _writer.Write(Words.Of(role));
        _writer.Write("\",\"samples\":[");
        Span<char> number = stackalloc char[32];
        for (var i = 0; i < samples.Length; i++)
        {
            if (i > 0)
                _writer.Write(',');
            if (samples[i].TryFormat(number, out var length, "G7", CultureInfo.InvariantCulture))
                _writer.Write(number[..length]);
        }
        _writer.Write("]}\n");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
