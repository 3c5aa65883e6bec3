using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback.Internal.Engine;

namespace ThemisBridge.NativeFallback.Tests.Internal.Engine;

public sealed class OutboxTests
{
    private static readonly GenerationEnd End = new(FinishReason.Stop, default);

    [Fact]
    public void Page_has_room_until_it_is_full_and_again_once_it_is_taken()
    {
        Outbox outbox = new();
        for (int i = 0; i < Outbox.PageTokens; i++)
        {
            Assert.True(outbox.HasRoom);
            outbox.Add(i, "x", null, null);
        }

        Assert.False(outbox.HasRoom);
        OutboxPage page = outbox.Take(out bool wasFull);

        Assert.True(wasFull);
        Assert.True(outbox.HasRoom);
        Assert.Equal(Enumerable.Range(0, Outbox.PageTokens), page.Ids.AsSpan(0, page.Count).ToArray());
        Assert.Equal(new string('x', Outbox.PageTokens), page.Text.WrittenSpan.ToString());
    }

    [Fact]
    public async Task Failure_comes_behind_the_tokens_before_it_and_the_first_one_counts()
    {
        Outbox outbox = new();
        outbox.Add(7, "", null, null);
        outbox.Fail(new InvalidOperationException("first"));
        outbox.Fail(new InvalidOperationException("second"));

        await outbox.WaitAsync();
        Assert.Equal(1, outbox.Take(out _).Count);
        await outbox.WaitAsync();

        Assert.Equal("first", Assert.Throws<InvalidOperationException>(() => outbox.Take(out _)).Message);
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_between_two_threads()
    {
        const int Tokens = 200_000;
        Outbox outbox = new();
        Thread writer = new(() =>
        {
            SpinWait wait = default;
            for (int i = 1; i <= Tokens; i++)
            {
                while (!outbox.HasRoom)
                {
                    wait.SpinOnce();
                }

                outbox.Add(i, $"{i % 10}", null, i == Tokens ? End : null);
            }
        });
        writer.Start();

        int expected = 1;
        OutboxPage page;
        do
        {
            await outbox.WaitAsync();
            page = outbox.Take(out _);
            Assert.Equal(page.Count, page.Text.WrittenCount);
            for (int i = 0; i < page.Count; i++)
            {
                Assert.Equal(expected % 10, page.Text.WrittenSpan[i] - '0');
                Assert.Equal(expected++, page.Ids[i]);
            }
        }
        while (page.End is null);

        Assert.Equal(Tokens + 1, expected);
        writer.Join();
    }
}
