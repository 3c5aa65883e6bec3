using System.Text.Json;
using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Vocabularies.Bpe;

namespace ThemisBridge.Tokenization.Vocabularies.Reading;

/// <summary>Reads <c>model</c>: pieces, merges and their options.</summary>
internal static class BpeModelReader
{
    public static (Dictionary<string, int> Pieces, BpeModel Model) Read(ModelJson model, bool isByteLevel)
    {
        var type = model.Get("type");
        if (!type.IsNull && type.AsString() is not "BPE")
        {
            throw type.Fault($"the model type '{type.AsString()}' is not supported; only BPE is");
        }

        RefuseOptions(model);
        var pieces = ReadPieces(model.GetObject("vocab"));
        var options = new BpeOptions
        {
            IsByteLevel = isByteLevel,
            IgnoresMerges = model.GetBool("ignore_merges"),
            HasByteFallback = model.GetBool("byte_fallback"),
            FusesUnknown = model.GetBool("fuse_unk"),
            UnknownId = ReadUnknown(model.Get("unk_token"), pieces),
        };
        return (pieces, new BpeModel(pieces, ReadMerges(model.Get("merges"), pieces), options));
    }

    private static void RefuseOptions(ModelJson model)
    {
        var dropout = model.Get("dropout");
        if (!dropout.IsNull && dropout.AsNumber() != 0)
        {
            throw dropout.Fault("dropout makes ids random and is not supported");
        }

        foreach (var name in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            var affix = model.Get(name);
            if (!affix.IsNull && affix.AsString().Length > 0)
            {
                throw affix.Fault("not supported");
            }
        }
    }

    private static Dictionary<string, int> ReadPieces(ModelJson vocab)
    {
        var pieces = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (var (piece, value) in vocab.Members())
        {
            if (piece.Length == 0)
            {
                throw vocab.Fault("an empty piece");
            }

            var id = value.AsId();
            if (!taken.Add(id))
            {
                throw vocab.Fault($"the id {id} is given to two pieces");
            }

            pieces.Add(piece, id);
        }

        return pieces.Count > 0 ? pieces : throw vocab.Fault("no pieces");
    }

    private static int ReadUnknown(ModelJson token, Dictionary<string, int> pieces)
    {
        if (token.IsNull || token.AsString().Length == 0)
        {
            return -1;
        }

        return pieces.TryGetValue(token.AsString(), out var id) ? id : throw token.Fault("not in the vocabulary");
    }

    private static MergeTable ReadMerges(ModelJson merges, Dictionary<string, int> pieces)
    {
        var table = new MergeTable(merges.IsNull ? 0 : merges.Length);
        var rank = 0;
        foreach (var merge in merges.IsNull ? [] : merges.Items())
        {
            var (left, right) = ReadPair(merge);
            if (!pieces.TryGetValue(left, out var leftId) || !pieces.TryGetValue(right, out var rightId)
                || !pieces.TryGetValue(left + right, out var merged))
            {
                throw merge.Fault("a part of the merge, or what it makes, is not in the vocabulary");
            }

            table.Set(leftId, rightId, rank++, merged);
        }

        return table;
    }

    private static (string Left, string Right) ReadPair(ModelJson merge)
    {
        string[] parts = merge.Kind == JsonValueKind.Array
            ? [.. merge.Items().Take(3).Select(part => part.AsString())]
            : merge.AsString().Split(' ', 3);
        return parts is [{ Length: > 0 } left, { Length: > 0 } right]
            ? (left, right)
            : throw merge.Fault("two pieces with one space between them, or an array of two, are expected");
    }
}
