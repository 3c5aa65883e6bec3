using System.Formats.Tar;
using System.IO.Compression;
using ThemisBridge.Testing.Recordings;

namespace ThemisBridge.Testing.Tests.Recordings;

public class RecordingSetTests
{
    [Fact]
    public void Archive_holds_every_recorded_exchange_with_the_size_that_its_index_says()
    {
        RecordingSet recordings = RecordingSet.FromArchive(Path.Combine(AppContext.BaseDirectory, "http.tar.gz"));

        Assert.Equal(461, recordings.Count);
        RecordedExchange plain = recordings["A-chat-plain"];
        Assert.Equal(("A", "POST", "/v1/chat/completions", 200, false, RecordedEnd.ServerClosed),
            (plain.Server, plain.Method, plain.Path, plain.Status, plain.IsStream, plain.End));
        Assert.True(plain.RequestBody.Span.StartsWith("{\"model\":\"themis-tiny\""u8));
        Assert.Equal(984, plain.Response.Length);
        Assert.Equal(825, plain.ResponseBody.Length);
        RecordedExchange killed = recordings["life-kill-tcp-plain-long"];
        Assert.Equal((null, 0), (killed.Status, killed.Response.Length));
        Assert.Equal(RecordedEnd.ClientGaveUp, recordings["life-term-drain-stream-long"].End);
        Assert.Equal(RecordedEnd.ClientClosed, recordings["D-disconnect-stream"].End);
        Assert.All(recordings, exchange => Assert.All(
            exchange.Reads, read => Assert.InRange(read.Offset, 0, exchange.Response.Length)));
    }

    [Fact]
    public void Folder_and_archive_are_read_alike()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string archive = Path.Combine(AppContext.BaseDirectory, "http.tar.gz");
            using (FileStream file = File.OpenRead(archive))
            using (var gzip = new GZipStream(file, CompressionMode.Decompress))
            {
                TarFile.ExtractToDirectory(gzip, folder, overwriteFiles: false);
            }

            RecordedExchange[] fromFolder = [.. RecordingSet.FromFolder(folder)];
            RecordedExchange[] fromArchive = [.. RecordingSet.FromArchive(archive)];

            Assert.Equal(fromArchive.Select(Describe), fromFolder.Select(Describe));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("{\"exchanges\":[{\"name\":\"a\",\"status\":200}]}", "a.request")]
    [InlineData("{\"exchanges\":[{\"status\":200}]}", "index.json")]
    [InlineData("{\"exchanges\":7}", "index.json")]
    [InlineData("{", "index.json")]
    [InlineData(null, "index.json")]
    public void Damaged_folder_is_refused_with_the_file_at_fault(string? index, string file)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            if (index is not null)
            {
                File.WriteAllText(Path.Combine(folder, "index.json"), index);
            }

            InvalidDataException e = Assert.Throws<InvalidDataException>(() => RecordingSet.FromFolder(folder));
            Assert.Contains(file, e.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (string Name, string Request, string Response) Describe(RecordedExchange exchange) => (
        exchange.Name, Convert.ToBase64String(exchange.Request.Span), Convert.ToBase64String(exchange.Response.Span));
}
