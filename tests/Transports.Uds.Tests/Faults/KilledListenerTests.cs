using System.Diagnostics;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Uds.Tests.Faults;

/// <summary>kill -9 of a real listener: one typed failure for each request, no hang, nothing left.</summary>
public sealed class KilledListenerTests : IDisposable
{
    private readonly SocketFolder _folder = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_listener_fails_every_request_and_its_path_is_used_again()
    {
        await using UdsBackend backend = Backends.To(_folder.Path);
        Process next = ChildProcess.Listener(_folder.Path);
        for (int round = 0; round < Kills.Rounds; round++)
        {
            using Process listener = next;
            await UntilHealthyAsync(backend);
            Task<BridgeException>[] running =
                [.. Enumerable.Range(0, ChildProcess.Requests).Select(i => FailureOf(backend, priority: i % 3))];
            listener.Kill();
            long killed = Stopwatch.GetTimestamp();
            // The next one starts while this one's end is looked at.
            await listener.WaitForExitAsync(Ending);
            next = round == Kills.Rounds - 1 ? listener : ChildProcess.Listener(_folder.Path);
            BridgeException[] failures = await Task.WhenAll(running).WaitAsync(Kills.Patience, Ending);
            TimeSpan took = Stopwatch.GetElapsedTime(killed);
            Assert.True(took < TimeSpan.FromSeconds(20), $"round {round} took {took}");
            Assert.All(failures, failure => Assert.Contains(
                failure.Failure, new[] { BridgeFailure.ConnectionLost, BridgeFailure.ConnectionFailed }));
        }

        Assert.Equal([_folder.Path], Directory.GetFiles(_folder.Folder));
    }

    private static Task UntilHealthyAsync(UdsBackend backend) =>
        Kills.UntilAsync(async () => (await backend.ProbeAsync(Ending)).IsHealthy);

    private static async Task<BridgeException> FailureOf(UdsBackend backend, int priority) =>
        await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (InferenceChunk _ in backend.GenerateAsync(Kills.Request(priority), Ending))
            {
            }
        });
}
