namespace ThemisBridge.Tokenization.Text;

/// <summary>
/// Text that knows, character by character, whether its author is trusted to write special tokens: the chat template
/// is, the conversation is not. A vocabulary recognises special tokens in trusted characters alone, so that a user who
/// spells <c>&lt;|im_end|&gt;</c> gets ordinary tokens. Immutable.
/// </summary>
public sealed class TracedText
{
    private readonly bool _startsTrusted;
    private readonly int[] _flips;

    internal TracedText(string value, bool startsTrusted, int[] flips)
    {
        Value = value;
        _startsTrusted = startsTrusted;
        _flips = flips;
    }

    /// <summary>No characters.</summary>
    public static TracedText Empty { get; } = new("", true, []);

    /// <summary>The characters.</summary>
    public string Value { get; }

    /// <summary>The number of UTF-16 units.</summary>
    public int Length => Value.Length;

    /// <summary>Text in which special tokens count, as engines treat every prompt.</summary>
    /// <param name="value">The characters.</param>
    public static TracedText Trusted(string value) => new(value, true, []);

    /// <summary>Text in which special tokens are ordinary characters.</summary>
    /// <param name="value">The characters.</param>
    public static TracedText Untrusted(string value) => new(value, false, []);

    /// <summary>Whether every character of a range is trusted. An empty range is.</summary>
    /// <param name="start">The first UTF-16 unit.</param>
    /// <param name="length">How many.</param>
    public bool IsTrusted(int start, int length)
    {
        if (length == 0)
        {
            return true;
        }

        if (_flips.Length == 0)
        {
            return _startsTrusted;
        }

        var flipsBefore = FlipsUpTo(start);
        return TrustedAfter(flipsBefore) && (flipsBefore == _flips.Length || _flips[flipsBefore] >= start + length);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    internal TracedText Slice(int start, int length)
    {
        if (length == Length)
        {
            return this;
        }

        var value = Value.Substring(start, length);
        var first = FlipsUpTo(start);
        var end = first;
        while (end < _flips.Length && _flips[end] < start + length)
        {
            end++;
        }

        var flips = end == first ? [] : new int[end - first];
        for (var i = 0; i < flips.Length; i++)
        {
            flips[i] = _flips[first + i] - start;
        }

        return new TracedText(value, TrustedAfter(first), flips);
    }

    internal TracedText Slice(int start) => Slice(start, Length - start);

    /// <summary>Calls back for every run of characters of one origin, in order.</summary>
    internal void AppendRunsTo(TracedTextBuilder builder, int start, int length)
    {
        var flip = FlipsUpTo(start);
        var trusted = TrustedAfter(flip);
        var end = start + length;
        while (start < end)
        {
            var runEnd = flip < _flips.Length ? Math.Min(_flips[flip], end) : end;
            builder.Append(Value.AsSpan(start, runEnd - start), trusted);
            start = runEnd;
            trusted = !trusted;
            flip++;
        }
    }

    /// <summary>How many flips lie at or before a position.</summary>
    private int FlipsUpTo(int position)
    {
        var index = Array.BinarySearch(_flips, position);
        return index >= 0 ? index + 1 : ~index;
    }

    private bool TrustedAfter(int flips) => _startsTrusted ^ ((flips & 1) != 0);
}
