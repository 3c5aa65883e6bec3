using System.Diagnostics;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Transports.SharedMemory.Tests.Faults;

/// <summary>kill -9 of a real listener while it writes: one typed failure for each request, and nothing is
/// left.</summary>
[Collection(nameof(Mappings))]
public sealed class KilledListenerTests : IDisposable
{
    private const int AtOnce = 4;
    private const int Requests = 4;

    private readonly SocketFolder[] _folders = [.. Enumerable.Range(0, AtOnce).Select(_ => new SocketFolder())];

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => Array.ForEach(_folders, folder => folder.Dispose());

    [Fact]
    public async Task Killed_listener_fails_every_request_and_leaves_no_memory()
    {
        int mapped = Mappings.Count;
        string[] shm = NamedMemory.Entries();
        TimeSpan[] worst = await Task.WhenAll(_folders.Select(folder => KillAsync(folder.Path, Kills.Rounds / AtOnce)));
        TestContext.Current.AddAttachment("longest from death to the last failure", $"{worst.Max()}");
        await Kills.UntilAsync(() => Task.FromResult(Mappings.Count == mapped));
        Assert.Equal(shm, NamedMemory.Entries());
    }

    // The longest time from the end of a process to the last of its requests' failures.
    private static async Task<TimeSpan> KillAsync(string path, int rounds)
    {
        TimeSpan worst = TimeSpan.Zero;
        var random = new Random(path.GetHashCode(StringComparison.Ordinal));
        for (int round = 0; round < rounds; round++)
        {
            using Process listener = ChildProcess.Listener(path);
            await using UdsBackend backend = Backends.To(
                path, upgrades: Upgrades.Make(options => options.Mode = SharedMemoryMode.Require));
            await Kills.UntilAsync(async () => (await backend.ProbeAsync(Ending)).IsHealthy);
            using var reading = new CountdownEvent(Requests);
            Task<BridgeException>[] running =
                [.. Enumerable.Range(0, Requests).Select(_ => FailureOf(backend, reading))];
            await Kills.UntilAsync(() => Task.FromResult(reading.IsSet));
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 5), TimeProvider.System, Ending);
            listener.Kill();
            await listener.WaitForExitAsync(Ending);
            long died = Stopwatch.GetTimestamp();
            BridgeException[] failures = await Task.WhenAll(running).WaitAsync(Kills.Patience, Ending);
            TimeSpan took = Stopwatch.GetElapsedTime(died);
            worst = took > worst ? took : worst;
            Assert.All(failures, failure => Assert.Equal(BridgeFailure.ConnectionLost, failure.Failure));
        }

        return worst;
    }

    private static async Task<BridgeException> FailureOf(UdsBackend backend, CountdownEvent reading) =>
        await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            int next = 0;
            bool isFirst = true;
            await foreach (InferenceChunk chunk in backend.GenerateAsync(Kills.Request(0), Ending))
            {
                // What had come whole before the death is what was sent, in order.
                foreach (int id in chunk.TokenIds.Span)
                {
                    Assert.Equal(next++, id);
                }

                if (isFirst)
                {
                    isFirst = false;
                    reading.Signal();
                }
            }
        });
}
