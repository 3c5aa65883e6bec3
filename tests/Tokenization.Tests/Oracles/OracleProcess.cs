using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace ThemisBridge.Tokenization.Tests.Oracles;

/// <summary>
/// Another program that knows the right answer: it takes a JSON request a line and gives an answer a line.
/// </summary>
public abstract class OracleProcess : IDisposable
{
    private readonly Process _process;
    private readonly SemaphoreSlim _turn = new(1);

    protected OracleProcess(string program, string script, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, [Repository.File("tests", "Tokenization.Tests", "Oracles", script)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000))
        {
            _process.Kill();
        }

        _process.Dispose();
        _turn.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task<JsonNode> AskAsync(JsonObject request)
    {
        var cancel = TestContext.Current.CancellationToken;
        await _turn.WaitAsync(cancel);
        try
        {
            await _process.StandardInput.WriteLineAsync(request.ToJsonString().AsMemory(), cancel);
            await _process.StandardInput.FlushAsync(cancel);
            var line = await _process.StandardOutput.ReadLineAsync(cancel)
                ?? throw new InvalidOperationException($"{GetType().Name} ended; see its standard error above.");
            return JsonNode.Parse(line)!;
        }
        finally
        {
            _turn.Release();
        }
    }
}
