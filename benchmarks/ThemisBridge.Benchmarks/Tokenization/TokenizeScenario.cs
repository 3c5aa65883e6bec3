using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using ThemisBridge.Benchmarks.Ratio;
using ThemisBridge.Tokenization;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Benchmarks.Tokenization;

/// <summary>Prose with Qwen 3's vocabulary, against Hugging Face's library; at most twice its time.</summary>
internal sealed class TokenizeScenario : IRatioScenario
{
    private readonly string _text = ProseText.Create();
    private ModelTokenizer? _tokenizer;
    private Process? _library;

    public string Name => "tokenize";

    public double Limit => 2;

    public int Blocks => 10;

    public async Task SetUpAsync()
    {
        _tokenizer = await ModelTokenizer.LoadFolderAsync(RepositoryRoot.Model("qwen3"), TimeProvider.System);
        var script = Path.Combine(RepositoryRoot.Path, "tests", "Tokenization.Tests", "Oracles", "huggingface.js");
        var start = new ProcessStartInfo("node", [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        start.Environment["NODE_PATH"] = Path.Combine(RepositoryRoot.Path, ".vocabularies", "node_modules");
        _library = Process.Start(start);
    }

    /// <summary>The ids travel as JSON, which takes a hundredth of the time that making them takes.</summary>
    public Task<Round> BaselineAsync() => Round.TimeAsync(EncodeThereAsync);

    private async Task<long> EncodeThereAsync()
    {
        var request = new JsonObject
        {
            ["file"] = Path.Combine(RepositoryRoot.Model("qwen3"), "tokenizer.json"),
            ["texts"] = new JsonArray(_text),
            ["add"] = false,
        };
        await _library!.StandardInput.WriteLineAsync(request.ToJsonString());
        await _library.StandardInput.FlushAsync();
        var answer = await _library.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("Hugging Face's library ended: run scripts/vocabularies.sh.");
        return JsonNode.Parse(answer)!["ids"]![0]!.AsArray().Sum(id => (long)(int)id!);
    }

    public Task<Round> CandidateAsync() => Round.TimeAsync(() => Task.FromResult(_tokenizer!.Vocabulary
        .Encode(TracedText.Trusted(_text), addSpecialTokens: false).Sum(id => (long)id)));

    public ValueTask DisposeAsync()
    {
        _library?.StandardInput.Close();
        _library?.Dispose();
        return ValueTask.CompletedTask;
    }
}
