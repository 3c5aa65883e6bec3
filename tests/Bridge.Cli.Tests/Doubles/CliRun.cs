using System.Diagnostics;
using System.Text;

namespace ThemisBridge.Cli.Tests.Doubles;

/// <summary>The real executable, run in a folder of its own.</summary>
internal sealed class CliRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource _firstError = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("themis-cli").FullName;

    private CliRun(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "themis-bridge"), arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["THEMIS_LLAMA_NATIVES"] = Repository.Natives;
        start.Environment["ThemisBridge__Native__Models__themis-tiny__Threads"] = "1";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                lock (_error)
                {
                    _error.AppendLine(line.Data);
                }

                _firstError.TrySetResult();
            }
        };
        _process.BeginErrorReadLine();
    }

    public StreamReader Output => _process.StandardOutput;

    public static CliRun Start(params IEnumerable<string> arguments) => new(arguments, null);

    public static async Task<CliResult> RunAsync(
        IEnumerable<string> arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var run = new CliRun(arguments, environment);
        if (input is not null)
        {
            await run._process.StandardInput.WriteAsync(input);
        }

        run._process.StandardInput.Close();
        return await run.EndAsync();
    }

    public static Task<CliResult> RunAsync(params IEnumerable<string> arguments) => RunAsync(arguments, null);

    public string ErrorSoFar
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>Waits until the program has said something on standard error.</summary>
    public Task FirstErrorLineAsync() => _firstError.Task.WaitAsync(Patience);

    /// <summary>Sends a signal by name, such as <c>INT</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async Task<CliResult> EndAsync()
    {
        string output = await Output.ReadToEndAsync().WaitAsync(Patience);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return new CliResult(_process.ExitCode, output, ErrorSoFar);
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
