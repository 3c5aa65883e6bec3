using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>A process that stands still: it neither answers nor closes.</summary>
public sealed class FrozenTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Frozen_server_accepts_and_says_nothing_until_it_thaws()
    {
        await using VllmDouble server = VllmDouble.Start(ScriptedBackend.Saying("e", "m", "hi"));
        server.Freeze();

        List<Task<RawAnswer>> answers = await AskAllAsync(server, () => { });

        Assert.DoesNotContain(answers, answer => answer.IsCompleted);
        server.Thaw();
        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task Frozen_server_closes_no_idle_connection()
    {
        var time = new FakeTimeProvider();
        await using VllmDouble server = VllmDouble.Start(
            ScriptedBackend.Saying("e", "m", "hi"), new() { Time = time });
        using RawClient idle = await RawClient.ConnectAsync(server, Token);
        await idle.SendAsync("GET /health HTTP/1.1\r\nHost: vllm.test\r\n\r\n"u8.ToArray(), Token);
        await idle.ReadUntilAsync("\r\n\r\n", Token);
        Task<bool> more = idle.ReadAsync(Token);
        server.Freeze();

        List<Task<RawAnswer>> answers = await AskAllAsync(server, () => time.Advance(TimeSpan.FromSeconds(5)));

        Assert.False(more.IsCompleted);
        server.Thaw();
        await Task.WhenAll(answers);
        while (!more.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        Assert.False(await more);
    }

    // One behind the other, so that whatever the first one does has long been done when the last one is there.
    private static async Task<List<Task<RawAnswer>>> AskAllAsync(VllmDouble server, Action between)
    {
        List<Task<RawAnswer>> answers = [];
        for (int i = 0; i < 20; i++)
        {
            int before = server.Requests.Count;
            answers.Add(RawClient.AskAsync(server, RawClient.Get("/health"), Token));
            while (server.Requests.Count == before)
            {
                Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            between();
        }

        return answers;
    }
}
