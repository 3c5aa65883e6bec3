using System.Text;
using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Text;
using ThemisBridge.Tokenization.Vocabularies.Added;
using ThemisBridge.Tokenization.Vocabularies.Bpe;
using ThemisBridge.Tokenization.Vocabularies.Normalizing;
using ThemisBridge.Tokenization.Vocabularies.Reading;
using ThemisBridge.Tokenization.Vocabularies.Splitting;

namespace ThemisBridge.Tokenization.Vocabularies;

/// <summary>
/// The vocabulary of a <c>tokenizer.json</c> whose model is BPE. A text goes this way: added tokens are found; what
/// lies between is normalized; the added tokens that want normalized text are found; what is left is cut into pieces;
/// and every piece is merged.
/// </summary>
internal sealed class BpeVocabulary : IVocabulary
{
    private readonly VocabularyParts _parts;
    private readonly TokenTable _table;
    private readonly Dictionary<string, int> _ids;
    private readonly AddedTokenFinder _inText;
    private readonly AddedTokenFinder _inNormalizedText;
    private readonly TextSplitter _splitter;
    private EncodeRun? _spare;

    public BpeVocabulary(VocabularyParts parts)
    {
        _parts = parts;
        _ids = new Dictionary<string, int>(parts.Pieces);
        foreach (var token in parts.AddedTokens)
        {
            _ids[token.Content] = token.Id;
        }

        var pieces = new string?[_ids.Values.Max() + 1];
        foreach (var (piece, id) in _ids)
        {
            pieces[id] = piece;
        }

        // Normalized added tokens are short; the file says nothing real that makes much more of them.
        var growth = new TextGrowth(() => ModelFileFault.Of(TokenizerJson.FileName, "normalizer: it adds too much"));
        growth.Allow(ModelFileLimits.AddedTokenCharacters);
        var special = parts.AddedTokens.Where(token => token.IsSpecial).Select(token => token.Id).ToHashSet();
        _table = new TokenTable(pieces, special, parts.Decode);

        // Special tokens are always looked for in the text as written: only there is known who wrote it.
        _inText = new AddedTokenFinder(parts.AddedTokens.Where(token => token.IsSpecial || !token.IsNormalized));
        _inNormalizedText = new AddedTokenFinder(parts.AddedTokens
            .Where(token => !token.IsSpecial && token.IsNormalized)
            .Select(token => token with { Content = NormalizedContent(token, growth) }));
        _splitter = new TextSplitter(parts.Splits, parts.Model);
    }

    public int Count => _table.Count;

    public int[] Encode(TracedText text, bool addSpecialTokens)
    {
        LoneSurrogates.Refuse(text.Value, "prompt");
        var run = Interlocked.Exchange(ref _spare, null) ?? new EncodeRun();
        run.Start(text.Length);
        if (addSpecialTokens)
        {
            run.Add(_parts.Prefix);
        }

        EncodeText(text, run);
        if (addSpecialTokens)
        {
            run.Add(_parts.Suffix);
        }

        var ids = run.Take();
        _spare = run.IsWorthKeeping ? run : null;
        return ids;
    }

    public ReadOnlySpan<byte> GetBytes(int id) => _table.GetBytes(id);

    public bool IsSpecial(int id) => _table.IsSpecial(id);

    public string? GetPiece(int id) => _table.GetPiece(id);

    public bool TryGetId(string piece, out int id) => _ids.TryGetValue(piece, out id);

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        using var bytes = new MemoryStream();
        foreach (var id in ids)
        {
            if (!skipSpecialTokens || !_table.IsSpecial(id))
            {
                bytes.Write(_table.GetBytes(id));
            }
        }

        var text = Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        return _parts.DropsLeadingSpace && text.StartsWith(' ') ? text[1..] : text;
    }

    private void EncodeText(TracedText text, EncodeRun run)
    {
        var value = text.Value;
        var position = 0;
        while (_inText.TryFind(value, (text, 0), position, out var match))
        {
            EncodeBetween(value, position, match.Start, run);
            run.Add(match.Id);
            position = match.End;
        }

        EncodeBetween(value, position, value.Length, run);
    }

    private void EncodeBetween(string value, int start, int end, EncodeRun run)
    {
        if (end <= start)
        {
            return;
        }

        if (_parts.Normalizers.Count == 0)
        {
            EncodeNormalized(value.AsSpan(start, end - start), start == 0, run);
        }
        else
        {
            EncodeNormalized(Normalize(value[start..end], run.Growth), start == 0, run);
        }
    }

    private void EncodeNormalized(ReadOnlySpan<char> text, bool isFirst, EncodeRun run)
    {
        var position = 0;
        while (_inNormalizedText.TryFind(text, null, position, out var match))
        {
            Split(text[position..match.Start], isFirst && position == 0, run);
            run.Add(match.Id);
            position = match.End;
        }

        Split(text[position..], isFirst && position == 0, run);
    }

    private void Split(ReadOnlySpan<char> text, bool isFirst, EncodeRun run)
    {
        if (_parts.SpaceMarker is { } marker && !text.IsEmpty)
        {
            text = marker.Mark(text, isFirst);
        }

        _splitter.Split(text, run);
    }

    private string NormalizedContent(AddedToken token, TextGrowth growth)
    {
        var content = Normalize(token.Content, growth);
        return content.Length > 0 ? content : throw ModelFileFault.Of(
            TokenizerJson.FileName, $"normalizer: it leaves nothing of the added token {token.Id}");
    }

    private string Normalize(string text, TextGrowth growth)
    {
        foreach (var normalizer in _parts.Normalizers)
        {
            text = normalizer.Normalize(text, growth);
        }

        return text;
    }
}
