using System.Buffers;

namespace ThemisBridge.Tokenization.Text;

/// <summary>
/// Passes a text on until a stop string occurs in it, never a part of one: what may be the beginning of a stop string
/// is
/// held back until it is decided, which is at most the longest stop string less one character. The stop string that is
/// complete first ends the text; of several complete at once, the longest. How the text is cut into pieces makes no
/// difference. Never splits a surrogate pair. Allocates nothing per call. For one text, on one thread.
/// </summary>
public sealed class StopStringCutter
{
    private readonly Pattern[] _patterns;
    private readonly bool _includeStop;

    // What is held back is always the beginning of one pattern, so a pattern and a length stand for it; or else it is
    // the first half of a surrogate pair.
    private Pattern _heldPattern;
    private int _heldLength;
    private char _heldSurrogate;

    /// <summary>Creates a cutter.</summary>
    /// <param name="stopStrings">The stop strings: at least one, none empty, none with half a surrogate pair.</param>
    /// <param name="includeStop">Whether the stop string itself is passed on.</param>
    public StopStringCutter(IReadOnlyList<string> stopStrings, bool includeStop)
    {
        ArgumentOutOfRangeException.ThrowIfZero(stopStrings.Count);
        _patterns = new Pattern[stopStrings.Count];
        for (int i = 0; i < _patterns.Length; i++)
        {
            if (!IsValid(stopStrings[i]))
            {
                throw new ArgumentException(
                    "A stop string is empty or holds half a surrogate pair.", nameof(stopStrings));
            }

            _patterns[i] = new Pattern(stopStrings[i]);
        }

        _heldPattern = _patterns[0];
        _includeStop = includeStop;
    }

    /// <summary>The stop string that ended the text, or null while none has.</summary>
    public string? Matched { get; private set; }

    /// <summary>How many characters are held back now.</summary>
    public int HeldLength => _heldSurrogate != default ? 1 : _heldLength;

    /// <summary>Whether a text can be a stop string: not empty, every surrogate pair whole.</summary>
    /// <param name="stopString">The text.</param>
    public static bool IsValid(string stopString)
    {
        for (int i = 0; i < stopString.Length; i++)
        {
            if (char.IsSurrogate(stopString[i]))
            {
                if (i + 1 == stopString.Length || !char.IsSurrogatePair(stopString[i], stopString[i + 1]))
                {
                    return false;
                }

                i++;
            }
        }

        return stopString.Length > 0;
    }

    /// <summary>Takes the next characters and writes those that can be passed on.</summary>
    /// <param name="text">The next characters; may be empty. Ignored once a stop string has matched.</param>
    /// <param name="mayStop">False while stop strings do not count yet: those that are complete within this piece are
    /// passed on like any text.</param>
    /// <param name="output">Where the characters go.</param>
    /// <returns>Whether a stop string has matched; nothing more will be written then.</returns>
    public bool Append(ReadOnlySpan<char> text, bool mayStop, IBufferWriter<char> output)
    {
        if (Matched is not null)
        {
            return true;
        }

        for (int i = 0; i < text.Length; i++)
        {
            Pattern? match = Advance(text[i]);
            if (match is not null && mayStop)
            {
                Matched = match.Text;
                Write(text[..(i + 1)], _includeStop ? 0 : match.Text.Length, output);
                return true;
            }
        }

        Hold(text, output);
        return false;
    }

    /// <summary>Ends the text: writes what was held back.</summary>
    /// <param name="output">Where the characters go.</param>
    public void Flush(IBufferWriter<char> output)
    {
        if (Matched is null)
        {
            Write([], 0, output);
            _heldLength = 0;
            _heldSurrogate = default;
            Array.ForEach(_patterns, static pattern => pattern.Reset());
        }
    }

    private Pattern? Advance(char next)
    {
        Pattern? longest = null;
        foreach (Pattern pattern in _patterns)
        {
            if (pattern.Advance(next) && pattern.Text.Length > (longest?.Text.Length ?? 0))
            {
                longest = pattern;
            }
        }

        return longest;
    }

    // Passes on everything but the longest end of the text that begins a stop string.
    private void Hold(ReadOnlySpan<char> text, IBufferWriter<char> output)
    {
        if (text.Length == 0)
        {
            return;
        }

        Pattern candidate = _patterns[0];
        foreach (Pattern pattern in _patterns)
        {
            if (pattern.Length > candidate.Length)
            {
                candidate = pattern;
            }
        }

        bool halfPair = candidate.Length == 0 && char.IsHighSurrogate(text[^1]);
        Write(text, halfPair ? 1 : candidate.Length, output);
        _heldPattern = candidate;
        _heldLength = candidate.Length;
        _heldSurrogate = halfPair ? text[^1] : default;
    }

    // Writes what is held and the text behind it, less some characters at the end.
    private void Write(ReadOnlySpan<char> text, int less, IBufferWriter<char> output)
    {
        char surrogate = _heldSurrogate;
        ReadOnlySpan<char> held = surrogate != default
            ? new ReadOnlySpan<char>(in surrogate)
            : _heldPattern.Text.AsSpan(0, _heldLength);
        int count = held.Length + text.Length - less;
        output.Write(held[..Math.Min(count, held.Length)]);
        output.Write(text[..Math.Max(0, count - held.Length)]);
    }

    /// <summary>Follows how much of one stop string the text now ends with (Knuth, Morris and Pratt).</summary>
    private sealed class Pattern
    {
        private readonly int[] _shorter;

        public Pattern(string text)
        {
            Text = text;
            _shorter = new int[text.Length];
            for (int i = 1, length = 0; i < text.Length; i++)
            {
                length = Next(length, text[i]);
                _shorter[i] = length;
            }
        }

        public string Text { get; }

        /// <summary>How many characters of the stop string the text ends with; less than all of them.</summary>
        public int Length { get; private set; }

        /// <summary>Takes a character; true when it completes the stop string.</summary>
        public bool Advance(char next)
        {
            Length = Next(Length, next);
            if (Length < Text.Length)
            {
                return false;
            }

            Length = _shorter[Length - 1];
            return true;
        }

        public void Reset() => Length = 0;

        private int Next(int length, char next)
        {
            while (length > 0 && Text[length] != next)
            {
                length = _shorter[length - 1];
            }

            return Text[length] == next ? length + 1 : 0;
        }
    }
}
