using System.Buffers;
using BenchmarkDotNet.Attributes;
using ThemisBridge.Tokenization;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Benchmarks.Tokenization;

/// <summary>Encoding a mebibyte of prose, and turning its ids into text one by one as an answer comes.</summary>
[MemoryDiagnoser]
public class TokenizationBenchmarks
{
    private readonly ArrayBufferWriter<char> _output = new(1 << 22);
    private ModelTokenizer _tokenizer = null!;
    private TracedText _text = null!;
    private int[] _ids = null!;

    [Params("llama3_1", "qwen3", "gemma3")]
    public string Family { get; set; } = "";

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _tokenizer = await ModelTokenizer.LoadFolderAsync(RepositoryRoot.Model(Family), TimeProvider.System);
        _text = TracedText.Trusted(ProseText.Create());
        _ids = _tokenizer.Vocabulary.Encode(_text, addSpecialTokens: false);
    }

    /// <summary>The time per mebibyte.</summary>
    [Benchmark]
    public int Encode() => _tokenizer.Vocabulary.Encode(_text, addSpecialTokens: false).Length;

    /// <summary>The time per mebibyte; divide by the ids of <see cref="Encode"/> for one id.</summary>
    [Benchmark]
    public int Detokenize()
    {
        var detokenizer = new IncrementalDetokenizer(_tokenizer.Vocabulary, skipSpecialTokens: true);
        _output.ResetWrittenCount();
        foreach (var id in _ids)
        {
            detokenizer.Append([id], _output);
        }

        return _output.WrittenCount;
    }
}
