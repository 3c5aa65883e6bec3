namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>
/// Remembers the ids of short pieces. A table of fixed size without locks: a slot holds whole entries only, a later
/// piece takes the slot of an earlier one, and a lost race costs one encoding.
/// </summary>
internal sealed class WordCache
{
    public const int MaxWordLength = 48;
    private const int Slots = 1 << 15;

    private readonly Entry?[] _entries = new Entry?[Slots];

    public bool TryGet(ReadOnlySpan<char> word, out ReadOnlySpan<int> ids)
    {
        if (word.Length <= MaxWordLength && Volatile.Read(ref _entries[Slot(word)]) is { } entry
            && word.SequenceEqual(entry.Word))
        {
            ids = entry.Ids;
            return true;
        }

        ids = default;
        return false;
    }

    public void Set(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length <= MaxWordLength)
        {
            Volatile.Write(ref _entries[Slot(word)], new Entry(word.ToString(), ids.ToArray()));
        }
    }

    private static int Slot(ReadOnlySpan<char> word) => string.GetHashCode(word) & (Slots - 1);

    private sealed record Entry(string Word, int[] Ids);
}
