using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Uds.Tests.Faults;

/// <summary>Two bridges keep asking while their listener is restarted again and again.</summary>
public sealed class RestartTests : IDisposable
{
    private const int Restarts = 20;
    private const int WorkersPerBridge = 8;
    private const int Tokens = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SocketFolder _folder = new();
    private int _complete;

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_admitted_is_finished_and_what_was_not_may_be_sent_again()
    {
        var engine = new ScriptedEngine
        {
            Answer = (request, _) => AnswerAsync(request.Priority),
        };
        UdsListener listener = Listen(engine);
        await using UdsBackend first = Backends.To(_folder.Path);
        await using UdsBackend second = Backends.To(_folder.Path);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        Task[] workers = [.. Enumerable.Range(0, 2 * WorkersPerBridge)
            .Select(i => AskAsync(i % 2 == 0 ? first : second, i, stop.Token))];
        for (int i = 0; i < Restarts; i++)
        {
            int before = Volatile.Read(ref _complete);
            await Kills.UntilAsync(() => Task.FromResult(
                Volatile.Read(ref _complete) > before + 20 || workers.Any(worker => worker.IsCompleted)));
            await listener.StopAsync(Patience, Ending);
            await listener.DisposeAsync();
            listener = Listen(engine);
        }

        await stop.CancelAsync();
        await Task.WhenAll(workers).WaitAsync(Patience, Ending);
        await listener.DisposeAsync();
        Assert.Empty(Directory.GetFiles(_folder.Folder));
    }

    private static async IAsyncEnumerable<InferenceChunk> AnswerAsync(int worker)
    {
        foreach (InferenceChunk chunk in Chunks.Tokens(Tokens, worker * 1000))
        {
            await Task.Yield();
            yield return chunk;
        }
    }

    private UdsListener Listen(ScriptedEngine engine)
    {
        var listener = new UdsListener(new UdsListenerOptions { Path = _folder.Path }, engine,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<UdsListener>.Instance);
        listener.Start();
        return listener;
    }

    private async Task AskAsync(UdsBackend backend, int worker, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                int[] ids =
                    await ListenerFixture.ReadAsync(backend, ListenerFixture.Request(worker))
                    .WaitAsync(Patience, Ending);
                Assert.Equal(Enumerable.Range(worker * 1000, Tokens), ids);
                Interlocked.Increment(ref _complete);
            }
            catch (BridgeException refused)
            {
                // Draining, nobody there, or closed with the request still on its way: never after an answer has begun.
                Assert.True(refused.IsRetrySafe, refused.Message);
                Assert.Contains(refused.Stage, new[] { FailureStage.Connect, FailureStage.Admit });
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Ending);
            }
        }
    }
}
