using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Gguf;

/// <summary>
/// The checked header of a GGUF file, versions 2 and 3, little endian: its metadata and where its tensors lie. Nothing
/// of
/// a tensor is read. What it holds is sound: counts and lengths within limits, no name twice, every tensor of a known
/// type, aligned, inside the file, and none over another.
/// </summary>
public sealed class GgufHeader
{
    private readonly string _file;

    internal GgufHeader(string file) => _file = file;

    /// <summary>The format's version, 2 or 3.</summary>
    public required int Version { get; init; }

    /// <summary>The file's length in bytes.</summary>
    public required long FileLength { get; init; }

    /// <summary>The alignment of tensors in bytes, a power of two.</summary>
    public required int Alignment { get; init; }

    /// <summary>The metadata by key.</summary>
    public required IReadOnlyDictionary<string, GgufValue> Metadata { get; init; }

    /// <summary>The tensors in the order of the file's table.</summary>
    public required IReadOnlyList<GgufTensor> Tensors { get; init; }

    /// <summary>The model architecture, such as <c>llama</c> (<c>general.architecture</c>), or null.</summary>
    public string? Architecture => Text("general.architecture");

    /// <summary>The context that the model was trained for, in tokens (<c>{architecture}.context_length</c>), or null.
    /// </summary>
    public long? ContextLength => Architecture is { } name ? Integer($"{name}.context_length") : null;

    /// <summary>The Jinja chat template (<c>tokenizer.chat_template</c>), or null.</summary>
    public string? ChatTemplate => Text("tokenizer.chat_template");

    /// <summary>Whether the file is an adapter rather than a model (<c>general.type</c> is <c>adapter</c>).</summary>
    public bool IsAdapter => Text("general.type") == "adapter";

    /// <summary>The kind of adapter, such as <c>lora</c> (<c>adapter.type</c>), or null.</summary>
    public string? AdapterType => Text("adapter.type");

    /// <summary>A LoRA adapter's alpha (<c>adapter.lora.alpha</c>), or null.</summary>
    public double? LoraAlpha => Float("adapter.lora.alpha");

    /// <summary>Of how many files a split model consists (<c>split.count</c>); 1 when it is not split.</summary>
    public long SplitCount => Math.Max(1, Integer("split.count") ?? 1);

    /// <summary>Reads and checks the header of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidModelFile"/>: it is missing, no file, not
    /// readable, cut off or damaged. The message names the place in the file.</exception>
    public static GgufHeader Read(string path)
    {
        string name = Path.GetFileName(path);
        if (Directory.Exists(path))
        {
            throw GgufFailure.Of(name, "it is a directory", "Name the .gguf file itself.");
        }

        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Read(stream, name);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw GgufFailure.Of(name, "there is no such file", "Check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw GgufFailure.Of(name, "it cannot be read", "Check its permissions and the disk.", error);
        }
    }

    /// <summary>Reads and checks the header of a stream that holds a whole file.</summary>
    /// <param name="stream">The file's bytes from its start; seekable. It stays open.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidModelFile"/>: it is cut off or damaged.
    /// </exception>
    public static GgufHeader Read(Stream stream, string name)
    {
        if (!stream.CanSeek)
        {
            throw new ArgumentException("The stream must be seekable.", nameof(stream));
        }

        return new GgufParser(new GgufInput(stream, name), name).Parse();
    }

    /// <summary>The text of a key, or null when the file does not have it.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BridgeException">The value is no text.</exception>
    public string? Text(string key) => Find(key) is { } value
        ? value.Text ?? throw WrongType(key, value, "text")
        : null;

    /// <summary>The integer of a key, or null when the file does not have it.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BridgeException">The value is no integer below 2⁶³.</exception>
    public long? Integer(string key) => Find(key) is { } value
        ? value.Integer ?? throw WrongType(key, value, "an integer")
        : null;

    /// <summary>The float of a key, or null when the file does not have it.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="BridgeException">The value is no float.</exception>
    public double? Float(string key) => Find(key) is { } value
        ? value.Float ?? throw WrongType(key, value, "a float")
        : null;

    /// <summary>Reads the elements of a text array, such as a vocabulary, one at a time.</summary>
    /// <param name="stream">The file that this header was read from; seekable.</param>
    /// <param name="key">The key.</param>
    /// <returns>The bytes of each element, UTF-8 as a rule; none when the file does not have the key.</returns>
    /// <exception cref="BridgeException">The value is no array of texts, or the file has changed.</exception>
    public IEnumerable<byte[]> ReadTexts(Stream stream, string key)
    {
        if (Find(key) is not { } value)
        {
            yield break;
        }

        if (value.ElementType != GgufValueType.Text)
        {
            throw WrongType(key, value, "an array of texts");
        }

        GgufInput input = new(stream, _file);
        input.Skip(value.FileOffset, key);
        for (long i = 0; i < value.ElementCount; i++)
        {
            yield return input.ReadTextBytes($"an element of {key}", GgufLimits.MaxTextBytes);
        }
    }

    private GgufValue? Find(string key) => Metadata.GetValueOrDefault(key);

    private BridgeException WrongType(string key, GgufValue value, string wanted) =>
        GgufFailure.At(_file, value.FileOffset, $"the value of {key} is {value.Type}, not {wanted}");
}
