using System.Diagnostics;
using System.Globalization;

namespace ThemisBridge.Bench.Peers;

/// <summary>
/// A process of the far side. It answers each line on its standard input with one line on its standard output, and ends
/// when its input does: also when this process is killed, because the kernel then closes the pipe.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int MaxErrorLength = 2_000;

    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan DeathGrace = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _died = new();
    private readonly Task<string> _errors;
    private readonly Task _watch;
    private volatile bool _closing;

    private ChildProcess(Process process, TimeProvider clock)
    {
        _process = process;
        _clock = clock;
        Id = process.Id;
        Died = _died.Token;
        _errors = ReadErrorsAsync();
        _watch = WatchAsync();
    }

    /// <summary>The process id.</summary>
    public int Id { get; }

    /// <summary>Fires when the process ends without having been asked to.</summary>
    public CancellationToken Died { get; }

    /// <summary>Starts one.</summary>
    /// <param name="fileName">The executable.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="clock">Measures the time that it is given to end.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static ChildProcess Start(string fileName, IEnumerable<string> arguments, TimeProvider clock)
    {
        var process = Process.Start(new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        }) ?? throw new InvalidOperationException($"{fileName} did not start.");
        return new ChildProcess(process, clock);
    }

    /// <summary>Writes a line and reads the answer.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="IOException">The process ended instead of answering.</exception>
    public async Task<string> AskAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteAsync((line + '\n').AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        return await ReadAsync(cancellationToken);
    }

    /// <summary>Reads a line.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="IOException">The process ended instead.</exception>
    public async Task<string> ReadAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken)
            ?? throw new IOException("the peer process ended instead of answering");

    /// <summary>Kills the process, as <c>kill -9</c> does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>How the process died; null while it lives.</summary>
    /// <param name="cancellationToken">Ends the waiting for its last words.</param>
    public async Task<string?> DescribeDeathAsync(CancellationToken cancellationToken)
    {
        // A broken connection is seen a moment before the death that broke it.
        await Task.WhenAny(_watch, Task.Delay(DeathGrace, _clock, cancellationToken));
        if (!_died.IsCancellationRequested)
            return null;
        var code = _process.ExitCode.ToString(CultureInfo.InvariantCulture);
        var errors = await _errors.WaitAsync(ExitGrace, _clock, cancellationToken);
        // The runtime says "Process terminated." or "Unhandled exception." before it says why.
        var words = string.Join(' ', errors
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(2));
        return words.Length == 0 ? $"the peer exited with code {code}" : $"the peer exited with code {code}: {words}";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _closing = true;
        try
        {
            await _process.StandardInput.WriteAsync(PeerLine.End + '\n');
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process has gone already, and with it the pipe.
        }
        using (var grace = new CancellationTokenSource(ExitGrace, _clock))
        {
            try
            {
                await _process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }
        await _watch;
        await _errors;
        _process.Dispose();
        _died.Dispose();
    }

    private async Task WatchAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None);
        if (!_closing)
            await _died.CancelAsync();
    }

    /// <summary>Reads all of it, so that the process never waits for a reader, and keeps the beginning.</summary>
    private async Task<string> ReadErrorsAsync()
    {
        var kept = new System.Text.StringBuilder();
        var buffer = new char[512];
        int count;
        while ((count = await _process.StandardError.ReadAsync(buffer, CancellationToken.None)) > 0)
            kept.Append(buffer, 0, Math.Min(count, MaxErrorLength - kept.Length));
        return kept.ToString();
    }
}
