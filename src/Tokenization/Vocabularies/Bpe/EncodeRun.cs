using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Vocabularies.Normalizing;
using ThemisBridge.Tokenization.Vocabularies.Patterns;

namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>The memory of one encoding: what was found so far and the room that its steps work in. Reused.</summary>
internal sealed class EncodeRun
{
    /// <summary>What a normalizer may add to any text, and for each of its characters.</summary>
    private const int SpareGrowth = 1 << 20;
    private const int GrowthPerCharacter = 4;

    private int[] _ids = new int[256];

    public PatternRun Patterns { get; } = new();

    public MergeRun Merges { get; } = new();

    public TextGrowth Growth { get; } = new(() => new BridgeException(
        BridgeFailure.LimitExceeded, FailureStage.Admit,
        "The vocabulary's normalizer adds too much to this text; use another tokenizer.json."));

    public int Count { get; private set; }

    public void Add(int id)
    {
        Reserve(1);
        _ids[Count++] = id;
    }

    public void Add(ReadOnlySpan<int> ids)
    {
        Reserve(ids.Length);
        ids.CopyTo(_ids.AsSpan(Count));
        Count += ids.Length;
    }

    public ReadOnlySpan<int> From(int start) => _ids.AsSpan(start, Count - start);

    public int[] Take()
    {
        var ids = _ids.AsSpan(0, Count).ToArray();
        Count = 0;
        return ids;
    }

    /// <summary>Starts anew for a text of a length.</summary>
    public void Start(int textLength)
    {
        Count = 0;
        Patterns.Allow(textLength);
        Growth.Allow(SpareGrowth + ((long)textLength * GrowthPerCharacter));
    }

    /// <summary>Whether it is small enough to be kept for the next text.</summary>
    public bool IsWorthKeeping =>
        _ids.Length <= 1 << 20 && Merges.Capacity <= 1 << 16 && Patterns.Capacity <= 1 << 16;

    private void Reserve(int more)
    {
        if (_ids.Length - Count < more)
        {
            Array.Resize(ref _ids, Math.Max(_ids.Length * 2, Count + more));
        }
    }
}
