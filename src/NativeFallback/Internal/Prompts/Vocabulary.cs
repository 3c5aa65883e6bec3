using System.Buffers;
using System.Text;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Internal.Prompts;

/// <summary>A model's vocabulary through libllama, which reads it without changing it: safe from many threads, also
/// while
/// the model decodes.</summary>
internal sealed unsafe class Vocabulary : IDisposable
{
    private const int StackPieceBytes = 256;

    private readonly LlamaVocabularyHandle _handle;
    private readonly bool[] _isEnd;

    public Vocabulary(LlamaModelHandle model)
    {
        _handle = new LlamaVocabularyHandle(model, LlamaApi.ModelVocabulary(model));
        if (LlamaApi.VocabularyType(_handle) == 0)
        {
            _handle.Dispose();
            throw new BridgeException(
                BridgeFailure.ModelLoadFailed, FailureStage.Admit,
                "The model has no vocabulary, so it can neither read nor write text. Use another file.");
        }

        _isEnd = new bool[LlamaApi.VocabularyCount(_handle)];
        List<int> ends = [];
        for (int id = 0; id < _isEnd.Length; id++)
        {
            // A null buffer asks for the length alone, which comes back negative.
            LongestPiece = Math.Max(LongestPiece, -LlamaApi.TokenToPiece(_handle, id, null, 0, 0, 1));
            if (LlamaApi.VocabularyIsEnd(_handle, id) != 0)
            {
                _isEnd[id] = true;
                ends.Add(id);
            }
        }

        EndIds = ends;
    }

    /// <summary>The number of tokens; ids are 0 up to this.</summary>
    public int Count => _isEnd.Length;

    /// <summary>The tokens that end a generation.</summary>
    public IReadOnlyList<int> EndIds { get; }

    /// <summary>The most bytes that one token stands for, at least 1.</summary>
    public int LongestPiece { get; } = 1;

    /// <summary>Whether a token ends a generation.</summary>
    public bool IsEnd(int id) => _isEnd[id];

    /// <summary>The id of a control token by its text, or null when the vocabulary has none.</summary>
    public int? ControlToken(string text)
    {
        List<int> ids = [];
        Encode(text, addSpecial: false, parseSpecial: true, ids);
        return ids is [int id] && LlamaApi.VocabularyIsControl(_handle, id) != 0 ? id : null;
    }

    /// <summary>Appends the ids of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecial">Whether to add what the vocabulary puts around a text.</param>
    /// <param name="parseSpecial">Whether control tokens are recognised in the text.</param>
    /// <param name="ids">Where the ids go.</param>
    public void Encode(string text, bool addSpecial, bool parseSpecial, List<int> ids)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int length = Encoding.UTF8.GetBytes(text, bytes);
        int[] buffer = ArrayPool<int>.Shared.Rent(length + 8);
        try
        {
            int count = Encode(bytes.AsSpan(0, length), buffer, addSpecial, parseSpecial);
            if (count < 0 && count != int.MinValue)
            {
                ArrayPool<int>.Shared.Return(buffer);
                buffer = ArrayPool<int>.Shared.Rent(-count);
                count = Encode(bytes.AsSpan(0, length), buffer, addSpecial, parseSpecial);
            }

            if (count < 0)
            {
                throw Refusal.InvalidRequest("prompt", "The text is too long to be tokenized. Shorten it.");
            }

            ids.AddRange(buffer.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Appends the bytes of one token, which may be a part of a character.</summary>
    /// <param name="id">The token.</param>
    /// <param name="special">Whether control tokens have text.</param>
    /// <param name="output">Where the bytes go.</param>
    public void WritePiece(int id, bool special, IBufferWriter<byte> output)
    {
        Span<byte> span = output.GetSpan(LongestPiece);
        fixed (byte* buffer = span)
        {
            // The length is never negative here: the buffer holds the longest piece.
            output.Advance(LlamaApi.TokenToPiece(_handle, id, buffer, span.Length, 0, special ? (byte)1 : (byte)0));
        }
    }

    /// <summary>The text of a token alone; a part of a character becomes U+FFFD.</summary>
    public string Piece(int id)
    {
        Span<byte> span = LongestPiece <= StackPieceBytes ? stackalloc byte[StackPieceBytes] : new byte[LongestPiece];
        fixed (byte* buffer = span)
        {
            return Encoding.UTF8.GetString(
                span[..LlamaApi.TokenToPiece(_handle, id, buffer, span.Length, 0, 1)]);
        }
    }

    /// <summary>The text of a sequence of ids, each inside the vocabulary.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(64, ids.Length * 8));
        try
        {
            int count = Decode(ids, buffer, skipSpecial);
            if (count < 0)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(-count);
                count = Decode(ids, buffer, skipSpecial);
            }

            return Encoding.UTF8.GetString(buffer, 0, count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _handle.Dispose();

    private int Encode(ReadOnlySpan<byte> text, int[] buffer, bool addSpecial, bool parseSpecial)
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
