using System.Buffers;
using System.Text;

namespace ThemisBridge.Tokenization.Text;

/// <summary>
/// Turns the bytes of tokens into text that never splits a character: bytes of an unfinished one are kept until the
/// rest
/// has come. Bytes that are no UTF-8 become U+FFFD, as many as decoding the whole text at once would give. Allocates
/// nothing per call. For one text at a time, on one thread.
/// </summary>
public sealed class Utf8Assembler
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Takes the next bytes and writes every character that is now complete.</summary>
    /// <param name="bytes">The next bytes; may be empty.</param>
    /// <param name="output">Where the characters go.</param>
    public void Append(ReadOnlySpan<byte> bytes, IBufferWriter<char> output) =>
        _decoder.Convert(bytes, output, flush: false, out _, out _);

    /// <summary>Ends the text: an unfinished character becomes U+FFFD. The next bytes begin a new text.</summary>
    /// <param name="output">Where the characters go.</param>
    public void Flush(IBufferWriter<char> output) => _decoder.Convert([], output, flush: true, out _, out _);
}
