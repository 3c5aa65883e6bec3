using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Uds;

/// <summary>strace on a running process, with all its threads.</summary>
internal sealed partial class SystemCallTrace : IAsyncDisposable
{
    private const string Tool = "/usr/bin/strace";
    private const string Calls = "sendto,sendmsg,recvfrom,recvmsg,epoll_wait,epoll_pwait,futex";
    private const int Interrupt = 2;

    private readonly Process _process;
    private readonly string _file;

    private SystemCallTrace(Process process, string file)
    {
        _process = process;
        _file = file;
    }

    /// <summary>Looks for the program.</summary>
    /// <exception cref="SkippedException">There is none.</exception>
    public static void RequireTool()
    {
        if (!File.Exists(Tool))
            throw new SkippedException($"there is no {Tool}, which counts the calls");
    }

    /// <summary>Begins.</summary>
    /// <param name="processId">Whose calls.</param>
    /// <param name="file">Where the counts are written; deleted with this.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SkippedException">This user may not trace.</exception>
    public static async Task<SystemCallTrace> AttachAsync(
        int processId, string file, CancellationToken cancellationToken)
    {
        var process = Process.Start(new ProcessStartInfo(Tool,
            ["-f", "-c", "-o", file, "-e", $"trace={Calls}", "-p", processId.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
        })!;
        var trace = new SystemCallTrace(process, file);
        // It says who it attached to, or why it could not.
        var line = await process.StandardError.ReadLineAsync(cancellationToken);
        if (line is not null && line.Contains("attached", StringComparison.Ordinal))
            return trace;
        await trace.DisposeAsync();
        throw new SkippedException($"strace cannot count the calls: {line}");
    }

    /// <summary>Ends, and gives what was counted.</summary>
    public async Task<SystemCalls> EndAsync(CancellationToken cancellationToken)
    {
        _ = Signal(_process.Id, Interrupt);
        await _process.StandardError.ReadToEndAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        long moving = 0, empty = 0, polls = 0, futexes = 0;
        foreach (var line in await File.ReadAllLinesAsync(_file, cancellationToken))
        {
            // % time, seconds, usecs/call, calls, [errors,] syscall
            var cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (cells.Length < 5 || !long.TryParse(cells[3], CultureInfo.InvariantCulture, out var count))
                continue;
            var errors = cells.Length > 5 ? long.Parse(cells[4], CultureInfo.InvariantCulture) : 0;
            switch (cells[^1])
            {
                case "sendto" or "sendmsg" or "recvfrom" or "recvmsg":
                    moving += count - errors;
                    empty += errors;
                    break;
                case "epoll_wait" or "epoll_pwait":
                    polls += count;
                    break;
                case "futex":
                    futexes += count;
                    break;
            }
        }
        return new SystemCalls(moving, empty, polls, futexes);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Signal(_process.Id, Interrupt);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
        File.Delete(_file);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Signal(int processId, int signal);
}
