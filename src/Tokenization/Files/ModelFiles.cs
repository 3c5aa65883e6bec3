using System.Collections.Frozen;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Tokenization.Files;

/// <summary>The files of a model that say something about its text, by name. Nothing else is read.</summary>
internal sealed class ModelFiles
{
    public const string Config = "config.json";
    public const string MainTemplate = "chat_template.jinja";
    public const string TemplateFolder = "additional_chat_templates";

    private static readonly FrozenDictionary<string, int> Known = new Dictionary<string, int>
    {
        [Vocabularies.Reading.TokenizerJson.FileName] = ModelFileLimits.TokenizerBytes,
        [TokenizerConfig.FileName] = ModelFileLimits.ConfigBytes,
        [GenerationConfig.FileName] = ModelFileLimits.ConfigBytes,
        [Config] = ModelFileLimits.ConfigBytes,
        [MainTemplate] = ModelFileLimits.TemplateBytes,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly Dictionary<string, ReadOnlyMemory<byte>> _files = new(StringComparer.Ordinal);

    private ModelFiles()
    {
    }

    /// <summary>The names of the additional templates and their files.</summary>
    public IEnumerable<(string Name, ReadOnlyMemory<byte> File)> Templates => _files
        .Where(pair => pair.Key.StartsWith(TemplateFolder, StringComparison.Ordinal))
        .Select(pair => (Path.GetFileNameWithoutExtension(pair.Key), pair.Value));

    public ReadOnlyMemory<byte>? Find(string name) =>
        _files.TryGetValue(name, out var file) ? file : default(ReadOnlyMemory<byte>?);

    public static async Task<ModelFiles> FromFolderAsync(string folder, CancellationToken cancellationToken)
    {
        var files = new ModelFiles();
        try
        {
            foreach (var name in Known.Keys)
            {
                await files.AddAsync(folder, name, cancellationToken).ConfigureAwait(false);
            }

            var templates = new DirectoryInfo(Path.Combine(folder, TemplateFolder));
            foreach (var file in templates.Exists ? templates.EnumerateFiles("*.jinja") : [])
            {
                await files.AddAsync(folder, $"{TemplateFolder}/{file.Name}", cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw ModelFileFault.Of(Path.GetFileName(folder), "the model folder cannot be read", exception);
        }

        return files;
    }

    /// <summary>Reads a ZIP whose files lie at its top; sizes are counted as they unpack, never believed.</summary>
    public static ModelFiles FromZip(ReadOnlyMemory<byte> zip)
    {
        try
        {
            using var stream = MemoryMarshal.TryGetArray(zip, out var array)
                ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
                : new MemoryStream(zip.ToArray(), writable: false);
            RefuseManyEntries(zip.Span);
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read);

            var files = new ModelFiles();
            foreach (var entry in archive.Entries)
            {
                files.Add(entry);
            }

            return files;
        }
        catch (InvalidDataException exception)
        {
            throw ModelFileFault.Of("ZIP", "damaged, or no ZIP", exception);
        }
    }

    /// <summary>
    /// Counts the marks that every entry of the directory begins with, before .NET makes an object for each.
    /// </summary>
    private static void RefuseManyEntries(ReadOnlySpan<byte> zip)
    {
        if (zip.Count("PK\u0001\u0002"u8) > ModelFileLimits.ZipEntries)
        {
            throw ModelFileFault.Of("ZIP", $"more than {ModelFileLimits.ZipEntries} entries");
        }
    }

    private async Task AddAsync(string folder, string name, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(folder, name));
        if (!file.Exists)
        {
            return;
        }

        if (file.Length > LimitOf(name))
        {
            throw TooLarge(name);
        }

        RefuseManyTemplates(name);
        _files[name] = await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false);
    }

    private void Add(ZipArchiveEntry entry)
    {
        var name = entry.FullName;
        var isTemplate = name.StartsWith(TemplateFolder + "/", StringComparison.Ordinal)
            && name.LastIndexOf('/') == TemplateFolder.Length
            && name.EndsWith(".jinja", StringComparison.Ordinal);
        if (!isTemplate && !Known.ContainsKey(name))
        {
            return;
        }

        if (_files.ContainsKey(name))
        {
            throw ModelFileFault.Of(name, "twice in the ZIP");
        }

        RefuseManyTemplates(name);
        using var unpacked = new MemoryStream();
        using var source = entry.Open();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            if (unpacked.Length + read > LimitOf(name))
            {
                throw TooLarge(name);
            }

            unpacked.Write(buffer, 0, read);
        }

        _files[name] = unpacked.ToArray();
    }

    private void RefuseManyTemplates(string name)
    {
        if (!Known.ContainsKey(name) && Templates.Count() == ModelFileLimits.Templates)
        {
            throw ModelFileFault.Of(TemplateFolder, $"more than {ModelFileLimits.Templates} templates");
        }
    }

    private static int LimitOf(string name) => Known.GetValueOrDefault(name, ModelFileLimits.TemplateBytes);

    private static BridgeException TooLarge(string name) =>
        ModelFileFault.Of(name, $"larger than {LimitOf(name)} bytes");
}
