using System.Diagnostics;

namespace ThemisBridge.Transports.Uds.Tests.Sidecar;

/// <summary>The sidecar of the tests in Python, as a process.</summary>
internal sealed class SidecarProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _log = new();

    private SidecarProcess(Process process) => _process = process;

    /// <summary>Whether it had no chance to tidy up.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>Starts a program of python/tests/relay, and returns when it listens.</summary>
    public static async Task<SidecarProcess> StartAsync(
        string program, string path, string engine, int maxRequests, params string[] more)
    {
        var start = new ProcessStartInfo("/usr/bin/env")
        {
            UseShellExecute = false,
            // vLLM logs to it.
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "python3", Path.Combine(Root(), "python", "tests", "relay", program), "--uds", path,
                "--engine", engine, "--max-requests", $"{maxRequests}",
            },
        };
        Array.ForEach(more, start.ArgumentList.Add);
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var sidecar = new SidecarProcess(process);
        process.ErrorDataReceived += (_, line) => sidecar.OnLine(line.Data);
        process.Exited += (_, _) => sidecar._listens.TrySetException(
            new InvalidOperationException("The sidecar ended: " + sidecar.Log()));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await sidecar._listens.Task.WaitAsync(Patience);
        return sidecar;
    }

    /// <summary>Ends it as a crash does.</summary>
    public async Task KillAsync()
    {
        WasKilled = true;
        _process.Kill();
        await ExitAsync();
    }

    /// <summary>Has it drain; a second signal ends its patience.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        await TerminateAsync();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            await TerminateAsync();
            await ExitAsync();
        }

        Assert.Equal(0, _process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await DrainAsync(Patience);
        }

        _process.Dispose();
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ThemisBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("No ThemisBridge.sln above the tests.");
    }

    private async Task TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private async Task ExitAsync() => await _process.WaitForExitAsync().WaitAsync(Patience);

    private void OnLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_log)
        {
            _log.Enqueue(line);
        }

        if (line.Contains(" listening path=", StringComparison.Ordinal))
        {
            _listens.TrySetResult();
        }
    }

    private string Log()
    {
        lock (_log)
        {
            return string.Join('\n', _log);
        }
    }
}
