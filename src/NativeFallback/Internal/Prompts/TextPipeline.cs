using System.Buffers;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Tokenization.Text;
using ThemisBridge.Tokenization.Vocabularies;

namespace ThemisBridge.NativeFallback.Internal.Prompts;

/// <summary>Makes the text of one answer from its tokens: ids to characters, then the stop strings. Its buffers are
/// used again for every token.</summary>
internal sealed class TextPipeline(IVocabulary vocabulary, SamplingOptions sampling)
{
    private readonly IncrementalDetokenizer _detokenizer = new(vocabulary, sampling.SkipSpecialTokens);
    private readonly StopStringCutter? _cutter =
        sampling.Stop.Count > 0 ? new StopStringCutter(sampling.Stop, sampling.IncludeStopInOutput) : null;

    private readonly ArrayBufferWriter<char> _characters = new();
    private readonly ArrayBufferWriter<char> _ready = new();

    /// <summary>The stop string that ended the text, or null.</summary>
    public string? Matched => _cutter?.Matched;

    /// <summary>The characters that the last call made ready; valid until the next one.</summary>
    public ReadOnlySpan<char> Ready => _ready.WrittenSpan;

    /// <summary>Takes a token.</summary>
    /// <param name="id">The token, or null for one that has no text.</param>
    /// <param name="mayStop">Whether stop strings count yet.</param>
    /// <param name="isLast">Whether no token follows.</param>
    public void Append(int? id, bool mayStop, bool isLast)
    {
        _ready.ResetWrittenCount();
        _characters.ResetWrittenCount();
        ArrayBufferWriter<char> assembled = _cutter is null ? _ready : _characters;
        if (id is { } token)
        {
            _detokenizer.Append([token], assembled);
        }

        if (isLast)
        {
            _detokenizer.Flush(assembled);
        }

        if (_cutter is not null)
        {
            _cutter.Append(_characters.WrittenSpan, mayStop, _ready);
            if (isLast)
            {
                _cutter.Flush(_ready);
            }
        }
    }
}
