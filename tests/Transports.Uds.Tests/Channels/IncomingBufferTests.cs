using System.Buffers;
using ThemisBridge.Transports.Uds.Channels;

namespace ThemisBridge.Transports.Uds.Tests.Channels;

public sealed class IncomingBufferTests
{
    private const int Rounds = 100_000;

    // A listener that stops and the end of a connection both dispose it. An array that is given back twice is lent to
    // two.
    [Fact]
    public async Task Memory_is_given_back_once_by_two_who_dispose_it_at_once()
    {
        using var start = new Barrier(2);
        IncomingBuffer buffer = new();
        byte[][] lent = [[], []];
        int twice = 0;
        await Task.WhenAll(Run(0), Run(1));
        Assert.Equal(0, twice);

        Task Run(int one) => Task.Factory.StartNew(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                if (one == 0)
                {
                    buffer = new IncomingBuffer();
                    buffer.Free(8);
                }

                start.SignalAndWait(TestContext.Current.CancellationToken);
                buffer.Dispose();
                lent[one] = ArrayPool<byte>.Shared.Rent(64 * 1024);
                start.SignalAndWait(TestContext.Current.CancellationToken);
                twice += one == 0 && ReferenceEquals(lent[0], lent[1]) ? 1 : 0;
                if (one == 0 || !ReferenceEquals(lent[0], lent[1]))
                {
                    ArrayPool<byte>.Shared.Return(lent[one]);
                }
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }
}
