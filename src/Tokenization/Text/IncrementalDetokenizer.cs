using System.Buffers;
using System.Text.Unicode;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Vocabularies;

namespace ThemisBridge.Tokenization.Text;

/// <summary>
/// Turns ids into text as they come, never splitting a character: the bytes of an unfinished one wait for the next id.
/// Allocates nothing per id. For one answer at a time, on one thread.
/// </summary>
/// <param name="vocabulary">What the ids stand for.</param>
/// <param name="skipSpecialTokens">Whether special tokens are left out of the text.</param>
public sealed class IncrementalDetokenizer(IVocabulary vocabulary, bool skipSpecialTokens)
{
    private const int LongestCharacter = 4;

    private readonly byte[] _unfinished = new byte[LongestCharacter - 1];
    private int _unfinishedLength;

    /// <summary>Takes the next ids and writes every character that is now complete.</summary>
    /// <param name="ids">The next ids; may be empty.</param>
    /// <param name="output">Where the characters go.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>: an id is outside of the
    /// vocabulary; the text of those before it is written.</exception>
    public void Append(ReadOnlySpan<int> ids, IBufferWriter<char> output)
    {
        foreach (var id in ids)
        {
            if (!skipSpecialTokens || !vocabulary.IsSpecial(id))
            {
                Append(vocabulary.GetBytes(id), output);
            }
        }
    }

    /// <summary>
    /// Ends the text: an unfinished character becomes U+FFFD, as in <see cref="IVocabulary.Decode"/>. vLLM's streams
    /// leave it out instead; for that, do not call this.
    /// </summary>
    /// <param name="output">Where the characters go.</param>
    public void Flush(IBufferWriter<char> output)
    {
        Write(_unfinished.AsSpan(0, _unfinishedLength), output, isFinal: true);
        _unfinishedLength = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes, IBufferWriter<char> output)
    {
        // An unfinished character is finished, or found to be broken, byte by byte; then the rest goes in one piece.
        Span<byte> character = stackalloc byte[LongestCharacter];
        while (_unfinishedLength > 0 && bytes.Length > 0)
        {
            _unfinished.AsSpan(0, _unfinishedLength).CopyTo(character);
            character[_unfinishedLength] = bytes[0];
            var known = character[..(_unfinishedLength + 1)];
            bytes = bytes[1..];
            Keep(known[Write(known, output, isFinal: false)..]);
        }

        if (bytes.Length > 0)
        {
            Keep(bytes[Write(bytes, output, isFinal: false)..]);
        }
    }

    private void Keep(ReadOnlySpan<byte> unfinished)
    {
        unfinished.CopyTo(_unfinished);
        _unfinishedLength = unfinished.Length;
    }

    /// <summary>Writes all complete characters and tells how many bytes they took; broken ones become U+FFFD.</summary>
    private static int Write(ReadOnlySpan<byte> bytes, IBufferWriter<char> output, bool isFinal)
    {
        if (bytes.Length == 0)
        {
            return 0;
        }

        // Never more UTF-16 units than bytes.
        var room = output.GetSpan(bytes.Length);
        Utf8.ToUtf16(bytes, room, out var read, out var written, replaceInvalidSequences: true, isFinalBlock: isFinal);
        output.Advance(written);
        return read;
    }
}
