using System.Buffers;
using System.Text;

namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>
/// Byte pair encoding of single pieces, id for id as Hugging Face's <c>BPE</c> model does it, over bytes (GPT-2 and
/// after) or over characters with bytes as fallback (SentencePiece's children). Safe for any number of threads.
/// </summary>
internal sealed class BpeModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _pieces;
    private readonly MergeTable _merges;
    private readonly BpeOptions _options;
    private readonly int[] _byteIds;
    private readonly int _longestPiece;
    private readonly WordBoundary? _boundary;
    private readonly WordCache _cache = new();

    /// <param name="pieces">Piece to id. Not changed afterwards.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="options">The rest.</param>
    public BpeModel(Dictionary<string, int> pieces, MergeTable merges, BpeOptions options)
    {
        _pieces = pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
        _options = options;
        _longestPiece = pieces.Keys.Max(piece => piece.Length);
        _byteIds = new int[256];
        for (var value = 0; value < 256; value++)
        {
            var piece = options.IsByteLevel ? ByteAlphabet.CharOf((byte)value).ToString() : $"<0x{value:X2}>";
            _byteIds[value] = pieces.GetValueOrDefault(piece, -1);
        }

        // Where a character may be left out, its neighbours can merge across it.
        var losesNothing = options.UnknownId >= 0 || (options.HasByteFallback && !_byteIds.Contains(-1));
        _boundary = options.IsByteLevel || options.IgnoresMerges || !losesNothing
            ? null
            : WordBoundary.Find(pieces.Keys);
    }

    /// <summary>Appends the ids of a piece to the run.</summary>
    public void Encode(ReadOnlySpan<char> piece, EncodeRun run)
    {
        if (_boundary is null)
        {
            EncodeWord(piece, run);
            return;
        }

        while (!piece.IsEmpty)
        {
            var end = _boundary.NextEnd(piece);
            EncodeWord(piece[..end], run);
            piece = piece[end..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> piece, EncodeRun run)
    {
        if (_cache.TryGet(piece, out var known))
        {
            run.Add(known);
            return;
        }

        var before = run.Count;
        if (!_options.IgnoresMerges || !TryEncodeWhole(piece, run))
        {
            run.Merges.Clear();
            if (_options.IsByteLevel)
            {
                AddBytes(piece, run.Merges);
            }
            else
            {
                AddCharacters(piece, run.Merges);
            }

            run.Merges.Merge(_merges, run);
        }

        _cache.Set(piece, run.From(before));
    }

    private bool TryEncodeWhole(ReadOnlySpan<char> piece, EncodeRun run)
    {
        if (piece.Length > _longestPiece)
        {
            return false;
        }

        if (!_options.IsByteLevel)
        {
            return TryAddWhole(piece, run);
        }

        var utf8 = ArrayPool<byte>.Shared.Rent(piece.Length * 3);
        var written = ArrayPool<char>.Shared.Rent(piece.Length * 3);
        var count = Encoding.UTF8.GetBytes(piece, utf8);
        for (var i = 0; i < count; i++)
        {
            written[i] = ByteAlphabet.CharOf(utf8[i]);
        }

        var found = TryAddWhole(written.AsSpan(0, count), run);
        ArrayPool<byte>.Shared.Return(utf8);
        ArrayPool<char>.Shared.Return(written);
        return found;
    }

    private bool TryAddWhole(ReadOnlySpan<char> piece, EncodeRun run)
    {
        if (!_pieces.TryGetValue(piece, out var id))
        {
            return false;
        }

        run.Add(id);
        return true;
    }

    /// <summary>A byte without a piece (some vocabularies lack bytes of rare planes) is unknown, or left out.</summary>
    private void AddBytes(ReadOnlySpan<char> piece, MergeRun merges)
    {
        var unknownBefore = false;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in piece.EnumerateRunes())
        {
            foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
            {
                var id = _byteIds[value] >= 0 ? _byteIds[value] : _options.UnknownId;
                if (id >= 0 && (_byteIds[value] >= 0 || !unknownBefore || !_options.FusesUnknown))
                {
                    merges.Add(id);
                }

                unknownBefore = _byteIds[value] < 0;
            }
        }
    }

    /// <summary>A character that has no piece becomes its bytes, else the unknown token, else nothing.</summary>
    private void AddCharacters(ReadOnlySpan<char> piece, MergeRun merges)
    {
        var unknownPending = false;
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < piece.Length;)
        {
            Rune.DecodeFromUtf16(piece[i..], out var rune, out var length);
            var character = piece.Slice(i, length);
            i += length;
            if (_pieces.TryGetValue(character, out var id))
            {
                if (unknownPending)
                {
                    merges.Add(_options.UnknownId);
                    unknownPending = false;
                }

                merges.Add(id);
            }
            else if (!_options.HasByteFallback || !TryAddFallback(utf8[..rune.EncodeToUtf8(utf8)], merges))
            {
                if (unknownPending && !_options.FusesUnknown)
                {
                    merges.Add(_options.UnknownId);
                }

                unknownPending = _options.UnknownId >= 0;
            }
        }

        if (unknownPending)
        {
            merges.Add(_options.UnknownId);
        }
    }

    private bool TryAddFallback(ReadOnlySpan<byte> utf8, MergeRun merges)
    {
        foreach (var value in utf8)
        {
            if (_byteIds[value] < 0)
            {
                return false;
            }
        }

        foreach (var value in utf8)
        {
            merges.Add(_byteIds[value]);
        }

        return true;
    }
}
