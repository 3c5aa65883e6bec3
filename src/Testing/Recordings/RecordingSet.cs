using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace ThemisBridge.Testing.Recordings;

/// <summary>
/// Recorded exchanges of one kind of server: a folder, or a <c>.tar.gz</c> of one, with <c>index.json</c> (a list
/// <c>exchanges</c> of objects with <c>name</c>, <c>set</c>, <c>shows</c>, <c>method</c>, <c>path</c>, <c>status</c>,
/// <c>streaming</c>, <c>end</c> and <c>reads</c>) and the files <c>NAME.request</c> and <c>NAME.response</c>.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "A set of recordings, looked up by name.")]
public sealed class RecordingSet : IReadOnlyCollection<RecordedExchange>
{
    private const long MaxBytes = 256L << 20;
    private readonly List<RecordedExchange> _exchanges;
    private readonly Dictionary<string, RecordedExchange> _byName;

    private RecordingSet(List<RecordedExchange> exchanges)
    {
        _exchanges = exchanges;
        _byName = exchanges.ToDictionary(exchange => exchange.Name, StringComparer.Ordinal);
    }

    /// <summary>How many there are.</summary>
    public int Count => _exchanges.Count;

    /// <summary>The exchange of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public RecordedExchange this[string name] => _byName[name];

    /// <summary>Reads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InvalidDataException">The index or a file is missing or damaged.</exception>
    public static RecordingSet FromFolder(string path)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(path))
        {
            files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        }

        return Of(files);
    }

    /// <summary>Reads a <c>.tar.gz</c> archive of such a folder.</summary>
    /// <param name="path">The archive.</param>
    /// <exception cref="InvalidDataException">The archive, its index or a file is missing, damaged or too
    /// large.</exception>
    public static RecordingSet FromArchive(string path)
    {
        using FileStream file = File.OpenRead(path);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        long total = 0;
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            {
                continue;
            }

            total += entry.Length;
            if (total > MaxBytes)
            {
                throw new InvalidDataException($"{path} holds more than {MaxBytes} bytes of recordings.");
            }

            byte[] content = new byte[entry.Length];
            // An empty file has no stream.
            entry.DataStream?.ReadExactly(content);
            files[Path.GetFileName(entry.Name)] = content;
        }

        return Of(files);
    }

    /// <inheritdoc/>
    public IEnumerator<RecordedExchange> GetEnumerator() => _exchanges.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static RecordingSet Of(Dictionary<string, byte[]> files)
    {
        try
        {
            using JsonDocument index = JsonDocument.Parse(FileOf(files, "index.json"));
            return new([.. index.RootElement.GetProperty("exchanges").EnumerateArray().Select(e => Parse(e, files))]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or ArgumentException)
        {
            throw new InvalidDataException("The index.json of the recordings cannot be read: " + e.Message, e);
        }
    }

    private static RecordedExchange Parse(JsonElement entry, Dictionary<string, byte[]> files)
    {
        string name = entry.GetProperty("name").GetString()!;
        return new()
        {
            Name = name,
            Server = TextOf(entry, "set"),
            Shows = TextOf(entry, "shows"),
            Method = TextOf(entry, "method"),
            Path = TextOf(entry, "path"),
            Status = entry.GetProperty("status") is { ValueKind: JsonValueKind.Number } status
                ? status.GetInt32() : null,
            IsStream = entry.TryGetProperty("streaming", out JsonElement streaming)
                && streaming.ValueKind == JsonValueKind.True,
            Request = FileOf(files, name + ".request"),
            Response = FileOf(files, name + ".response"),
            End = TextOf(entry, "end") switch
            {
                "client-closed" => RecordedEnd.ClientClosed,
                "client-closed-idle" => RecordedEnd.ClientGaveUp,
                _ => RecordedEnd.ServerClosed,
            },
            Reads = ReadsOf(entry),
        };
    }

    private static RecordedRead[] ReadsOf(JsonElement entry) =>
        entry.TryGetProperty("reads", out JsonElement reads)
            ? [.. reads.EnumerateArray().Select(
                read => new RecordedRead(TimeSpan.FromMilliseconds(read[0].GetDouble()), read[1].GetInt32()))]
            : [];

    private static string TextOf(JsonElement entry, string property) =>
        entry.TryGetProperty(property, out JsonElement value) ? value.GetString() ?? "" : "";

    private static byte[] FileOf(Dictionary<string, byte[]> files, string name) =>
        files.TryGetValue(name, out byte[]? content)
            ? content
            : throw new InvalidDataException($"The recordings lack the file {name}.");
}
