using System.Buffers;
using System.Text;
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
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

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
                _decoder.Convert(vocabulary.GetBytes(id), output, flush: false, out _, out _);
            }
        }
    }

    /// <summary>
    /// Ends the text: an unfinished character becomes U+FFFD, as in <see cref="IVocabulary.Decode"/>. vLLM's streams
    /// leave it out instead; for that, do not call this.
    /// </summary>
    /// <param name="output">Where the characters go.</param>
    public void Flush(IBufferWriter<char> output) => _decoder.Convert([], output, flush: true, out _, out _);
}
