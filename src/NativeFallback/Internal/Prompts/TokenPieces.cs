using System.Text;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Internal.Prompts;

/// <summary>What each token stands for, in one block of bytes: no call into libllama per token of an answer.</summary>
internal sealed unsafe class TokenPieces
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;
    private readonly bool[] _isSpecial;

    private TokenPieces(byte[] bytes, int[] ends, bool[] isSpecial, int longest)
    {
        _bytes = bytes;
        _ends = ends;
        _isSpecial = isSpecial;
        Longest = longest;
    }

    public int Count => _ends.Length;

    /// <summary>The most bytes that one token stands for, at least 1.</summary>
    public int Longest { get; }

    /// <summary>Whether libllama leaves the token out of texts unless asked for it.</summary>
    public bool IsSpecial(int id) => _isSpecial[id];

    public ReadOnlySpan<byte> BytesOf(int id)
    {
        int start = id == 0 ? 0 : _ends[id - 1];
        return _bytes.AsSpan(start, _ends[id] - start);
    }

    /// <summary>The special tokens by their spelling; of two with one spelling the first.</summary>
    public Dictionary<string, int> Specials()
    {
        Dictionary<string, int> specials = new(StringComparer.Ordinal);
        for (int id = 0; id < Count; id++)
        {
            if (_isSpecial[id] && BytesOf(id).Length > 0)
            {
                specials.TryAdd(Encoding.UTF8.GetString(BytesOf(id)), id);
            }
        }

        return specials;
    }

    public static TokenPieces Read(LlamaVocabularyHandle vocabulary)
    {
        int[] ends = new int[LlamaApi.VocabularyCount(vocabulary)];
        bool[] isSpecial = new bool[ends.Length];
        int total = 0;
        int longest = 1;
        for (int id = 0; id < ends.Length; id++)
        {
            int length = Length(vocabulary, id, special: 1);
            isSpecial[id] = length != Length(vocabulary, id, special: 0);
            longest = Math.Max(longest, length);
            total = checked(total + length);
            ends[id] = total;
        }

        byte[] bytes = new byte[total];
        fixed (byte* start = bytes)
        {
            int position = 0;
            for (int id = 0; id < ends.Length; id++)
            {
                LlamaApi.TokenToPiece(vocabulary, id, start + position, ends[id] - position, 0, 1);
                position = ends[id];
            }
        }

        return new TokenPieces(bytes, ends, isSpecial, longest);
    }

    // A null buffer asks for the length alone, which comes back negative.
    private static int Length(LlamaVocabularyHandle vocabulary, int id, byte special) =>
        -LlamaApi.TokenToPiece(vocabulary, id, null, 0, 0, special);
}
