using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Gguf;
using ThemisBridge.NativeFallback.Internal.Binding;
using ThemisBridge.Tokenization.Text;
using ThemisBridge.Tokenization.Vocabularies;

namespace ThemisBridge.NativeFallback.Internal.Prompts;

/// <summary>A model's vocabulary through libllama, which reads it without changing it: safe from many threads, also
/// while the model decodes. What its tokens stand for is copied once; only encoding and whole texts ask libllama.
/// </summary>
internal sealed unsafe class Vocabulary : IVocabulary, IDisposable
{
    // The names that templates know, and those of the file. libllama has ids of its own for tokens that a file does not
    // name; a template must not print those.
    private static readonly (string Variable, string Key)[] SpecialNames =
    [
        ("bos_token", "tokenizer.ggml.bos_token_id"), ("eos_token", "tokenizer.ggml.eos_token_id"),
        ("unk_token", "tokenizer.ggml.unknown_token_id"), ("pad_token", "tokenizer.ggml.padding_token_id"),
    ];

    // LLAMA_TOKEN_ATTR_LSTRIP and _RSTRIP: the token takes the blanks beside it. Blanks are C's, as in libllama.
    private const int StripsLeft = 1 << 7;
    private const int StripsRight = 1 << 8;
    private const string Blanks = " \t\n\v\f\r";

    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly LlamaVocabularyHandle _handle;
    private readonly TokenPieces _pieces;
    private readonly SpecialTokenFinder _specials;
    private readonly Lazy<Dictionary<string, int>> _idsByPiece;
    private readonly bool[] _isEnd;
    private readonly int? _first;
    private readonly int? _last;

    public Vocabulary(LlamaModelHandle model, GgufHeader header)
    {
        _handle = new LlamaVocabularyHandle(model, LlamaApi.ModelVocabulary(model));
        if (LlamaApi.VocabularyType(_handle) == 0)
        {
            _handle.Dispose();
            throw new BridgeException(
                BridgeFailure.ModelLoadFailed, FailureStage.Admit,
                "The model has no vocabulary, so it can neither read nor write text. Use another file.");
        }

        _pieces = TokenPieces.Read(_handle);
        _specials = new SpecialTokenFinder(_pieces.Specials());
        _idsByPiece = new Lazy<Dictionary<string, int>>(ReadIdsByPiece);
        _isEnd = new bool[Count];
        List<int> ends = [];
        for (int id = 0; id < Count; id++)
        {
            if (LlamaApi.VocabularyIsEnd(_handle, id) != 0)
            {
                _isEnd[id] = true;
                ends.Add(id);
            }
        }

        EndIds = ends;
        SpecialTokens = ReadSpecialTokens(header);
        _first = LlamaApi.VocabularyAddsBos(_handle) != 0 ? LlamaApi.VocabularyBos(_handle) : null;
        _last = LlamaApi.VocabularyAddsEos(_handle) != 0 ? LlamaApi.VocabularyEos(_handle) : null;
    }

    /// <inheritdoc/>
    public int Count => _pieces.Count;

    /// <summary>The tokens that end a generation.</summary>
    public IReadOnlyList<int> EndIds { get; }

    /// <summary>The special tokens by the names that chat templates know them under.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; }

    /// <summary>The most bytes that one token stands for, at least 1.</summary>
    public int LongestPiece => _pieces.Longest;

    /// <summary>Whether a token ends a generation.</summary>
    public bool IsEnd(int id) => _isEnd[id];

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetBytes(int id) => _pieces.BytesOf(Check(id));

    /// <inheritdoc/>
    public bool IsSpecial(int id) => _pieces.IsSpecial(Check(id));

    /// <inheritdoc/>
    public string? GetPiece(int id)
    {
        // The text lies inside the model, which may be freed as soon as the call has returned.
        bool held = false;
        _handle.DangerousAddRef(ref held);
        try
        {
            return Marshal.PtrToStringUTF8((nint)LlamaApi.VocabularyText(_handle, Check(id)));
        }
        finally
        {
            _handle.DangerousRelease();
        }
    }

    /// <inheritdoc/>
    public bool TryGetId(string piece, out int id) => _idsByPiece.Value.TryGetValue(piece, out id);

    /// <summary>The text of a token alone; a part of a character becomes U+FFFD.</summary>
    public string TextOf(int id) => Encoding.UTF8.GetString(GetBytes(id));

    /// <inheritdoc/>
    public int[] Encode(TracedText text, bool addSpecialTokens)
    {
        List<int> ids = [];
        // libllama finds them itself, and strips blanks around those that want it, where it may do so everywhere.
        if (text.IsTrusted(0, text.Length))
        {
            AppendRun(text.Value, addSpecialTokens, parseSpecial: true, ids);
            return [.. ids];
        }

        AddIf(addSpecialTokens, _first, ids);
        int position = 0;
        while (_specials.TryFind(text, position, out int id, out int start, out int length))
        {
            // As libllama does where it finds them itself.
            int attributes = LlamaApi.VocabularyAttributes(_handle, id);
            ReadOnlySpan<char> before = text.Value.AsSpan(position, start - position);
            before = (attributes & StripsLeft) != 0 ? before.TrimEnd(Blanks) : before;
            AppendRun(before, addSpecial: false, parseSpecial: false, ids);
            ids.Add(id);
            ReadOnlySpan<char> after = text.Value.AsSpan(start + length);
            after = (attributes & StripsRight) != 0 ? after.TrimStart(Blanks) : after;
            position = text.Length - after.Length;
        }

        AppendRun(text.Value.AsSpan(position), addSpecial: false, parseSpecial: false, ids);
        AddIf(addSpecialTokens, _last, ids);
        return [.. ids];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        foreach (int id in ids)
        {
            Check(id);
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(64, ids.Length * 8));
        try
        {
            int count = Decode(ids, buffer, skipSpecialTokens);
            if (count < 0 && count != int.MinValue)
            {
                Exchange(ref buffer, -count);
                count = Decode(ids, buffer, skipSpecialTokens);
            }

            if (count < 0)
            {
                throw Refusal.InvalidRequest("prompt", "The ids are too many to become one text. Send fewer.");
            }

            return Encoding.UTF8.GetString(buffer, 0, count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Refuses an id outside of the vocabulary.</summary>
    public int Check(int id) => (uint)id < (uint)Count
        ? id
        : throw Refusal.InvalidRequest(
            "prompt", $"The token id {id} is outside the model's vocabulary of {Count}.");

    public void Dispose() => _handle.Dispose();

    private static void AddIf(bool wanted, int? id, List<int> ids)
    {
        if (wanted && id is { } token)
        {
            ids.Add(token);
        }
    }

    private Dictionary<string, string> ReadSpecialTokens(GgufHeader header)
    {
        Dictionary<string, string> tokens = [];
        foreach ((string variable, string key) in SpecialNames)
        {
            if (header.Integer(key) is { } id && id >= 0 && id < Count)
            {
                tokens[variable] = TextOf((int)id);
            }
        }

        return tokens;
    }

    private Dictionary<string, int> ReadIdsByPiece()
    {
        Dictionary<string, int> ids = new(Count, StringComparer.Ordinal);
        for (int id = 0; id < Count; id++)
        {
            if (GetPiece(id) is { } piece)
            {
                ids.TryAdd(piece, id);
            }
        }

        return ids;
    }

    private void AppendRun(ReadOnlySpan<char> text, bool addSpecial, bool parseSpecial, List<int> ids)
    {
        if (text.Length == 0 && !addSpecial)
        {
            return;
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent(Strict.GetMaxByteCount(text.Length));
        int[] buffer = ArrayPool<int>.Shared.Rent(text.Length + 8);
        try
        {
            ReadOnlySpan<byte> utf8 = bytes.AsSpan(0, Strict.GetBytes(text, bytes));
            int count = Tokenize(utf8, buffer, addSpecial, parseSpecial);
            if (count < 0 && count != int.MinValue)
            {
                Exchange(ref buffer, -count);
                count = Tokenize(utf8, buffer, addSpecial, parseSpecial);
            }

            if (count < 0)
            {
                throw Refusal.InvalidRequest("prompt", "The text is too long to be tokenized. Shorten it.");
            }

            ids.AddRange(buffer.AsSpan(0, count));
        }
        catch (EncoderFallbackException error)
        {
            throw new BridgeException(
                BridgeFailure.InvalidRequest, FailureStage.Admit,
                "The text has half a UTF-16 pair. Send well-formed text.", error)
            { Parameter = "prompt" };
        }
        finally
        {
            ArrayPool<int>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    // Renting may throw, so it comes first: the caller returns the buffer that it has, and only that.
    private static void Exchange<T>(ref T[] buffer, int length)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(length);
        ArrayPool<T>.Shared.Return(buffer);
        buffer = larger;
    }

    private int Tokenize(ReadOnlySpan<byte> text, int[] buffer, bool addSpecial, bool parseSpecial)
    {
        fixed (byte* bytes = text)
        fixed (int* ids = buffer)
        {
            return LlamaApi.Tokenize(
                _handle, bytes, text.Length, ids, buffer.Length, addSpecial ? (byte)1 : (byte)0,
                parseSpecial ? (byte)1 : (byte)0);
        }
    }

    private int Decode(ReadOnlySpan<int> tokens, byte[] buffer, bool skipSpecial)
    {
        fixed (int* ids = tokens)
        fixed (byte* text = buffer)
        {
            return LlamaApi.Detokenize(
                _handle, ids, tokens.Length, text, buffer.Length, 0, skipSpecial ? (byte)0 : (byte)1);
        }
    }
}
