using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using ThemisBridge.Bench.Peers;

namespace ThemisBridge.Bench.Tests;

/// <summary>A harness as a whole process, interrupted or killed in the middle of its work.</summary>
[Collection(MachineTests.Name)]
public sealed class HarnessProcessTests : IDisposable
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task Interrupted_harness_leaves_a_valid_partial_report_and_nothing_else(int signal)
    {
        Assert.SkipWhen(signal == Interrupt && IgnoresInterrupts(), "whoever started the tests ignores SIGINT");
        using var harness = StartHarness("base-http-uds", "base-notify-uds");
        await WhenPeerServesAsync();

        // A terminal's ^C reaches the peer as well, and may reach it first.
        foreach (var peer in ProcessTable.Naming(RunPrefix).Where(id => signal == Interrupt))
            Send(peer, signal);
        Send(harness.Id, signal);
        await harness.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(
            Deadline, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(BenchTransports.Interrupted, harness.ExitCode);
        using var report = JsonDocument.Parse(
            await File.ReadAllTextAsync(ReportPath, TestContext.Current.CancellationToken));
        Assert.True(report.RootElement.GetProperty("partial").GetBoolean());
        Assert.Empty(report.RootElement.GetProperty("results").EnumerateArray());
        await SampleLines.ReadAsync(ReportPath + BenchOptions.SamplesSuffix);
        Assert.Empty(ProcessTable.Naming(RunPrefix));
        Assert.Empty(Directory.GetDirectories(_directory.Path, "themis-bench-*"));
    }

    [Fact]
    public async Task Killed_harness_leaves_no_process_and_no_socket()
    {
        using var harness = StartHarness("base-grpc-uds");
        await WhenPeerServesAsync();

        Send(harness.Id, Kill);
        await harness.WaitForExitAsync(TestContext.Current.CancellationToken);

        await UntilAsync(() => ProcessTable.Naming(RunPrefix).Count == 0);
        Assert.Empty(Directory.GetDirectories(_directory.Path, "themis-bench-*"));
    }

    private string ReportPath => _directory.File("report.json");

    private string RunPrefix => _directory.File("themis-bench-");

    private Process StartHarness(params string[] scenarios)
    {
        var start = new ProcessStartInfo(
            PeerHost.Current().FileName, [Program.HarnessArgument, ReportPath, .. scenarios])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["TMPDIR"] = _directory.Path;
        var harness = Process.Start(start)!;
        // Nobody reads it, so nobody waits for it.
        harness.OutputDataReceived += (_, _) => { };
        harness.BeginOutputReadLine();
        return harness;
    }

    private Task WhenPeerServesAsync() => UntilAsync(
        () => Directory.GetDirectories(_directory.Path, "themis-bench-*")
            .SelectMany(Directory.GetFiles).Any(file => file.EndsWith(".sock", StringComparison.Ordinal)));

    private static async Task UntilAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Deadline, "it did not happen in time");
            await Task.Delay(
                TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static bool IgnoresInterrupts()
    {
        const string Field = "SigIgn:";
        var line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith(Field, StringComparison.Ordinal));
        var mask = ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (mask >> (Interrupt - 1) & 1) != 0;
    }

    private static void Send(int process, int signal) => Assert.Equal(0, SendSignal(process, signal));

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
