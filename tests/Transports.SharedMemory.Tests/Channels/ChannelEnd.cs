using ThemisBridge.Transports.SharedMemory.Channels;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>
/// One end of a channel under load: writers that write batches and wait where much is unsent, and a reader that is slow
/// now and then and checks that each writer's frames come in order.
/// </summary>
internal sealed class ChannelEnd : IFrameSink
{
    private const long MostUnsent = 256 * 1024;
    private const int MostInBatch = 200;
    private const int FramesBetweenPauses = 5_000;

    private readonly RingChannel _channel;
    private readonly ulong[] _next;
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _expected;
    private TaskCompletionSource? _room;
    private long _taken;

    /// <param name="channel">The channel; not owned.</param>
    /// <param name="writers">How many writers the other end has.</param>
    /// <param name="frames">How many frames each of them writes.</param>
    public ChannelEnd(RingChannel channel, int writers, int frames)
    {
        _channel = channel;
        _next = new ulong[writers];
        _expected = (long)writers * frames;
        if (_expected == 0)
        {
            _all.SetResult();
        }

        channel.Start(this);
    }

    /// <summary>Completes when everything has come, or fails.</summary>
    public Task Received => _all.Task;

    public long Taken => Volatile.Read(ref _taken);

    public long UnsentBytes => _channel.UnsentBytes;

    /// <summary>Writes so many frames, on the pool, in batches of random length.</summary>
    public Task WriteAsync(int writer, int frames, CancellationToken cancellationToken) =>
        Task.Run(() => WriteCoreAsync(writer, frames, new Random(writer), cancellationToken), cancellationToken);

    public bool OnFrame(in FrameHeader header, ReadOnlySpan<byte> frame)
    {
        Assert.Null(PingFrame.Read(frame, out PingFrame ping));
        ulong writer = ping.Value >> 32;
        if (_next[writer]++ != (uint)ping.Value)
        {
            _all.TrySetException(new InvalidDataException($"writer {writer} is out of order"));
            return false;
        }

        long taken = Interlocked.Increment(ref _taken);
        if (taken % FramesBetweenPauses == 0)
        {
            // Long enough for the ring to fill.
            Thread.SpinWait(20_000);
        }

        if (taken == _expected)
        {
            _all.TrySetResult();
        }

        return true;
    }

    public IThreadPoolWorkItem? OnBatchEnd() => null;

    public void OnFault(FrameFault fault) => _all.TrySetException(new InvalidDataException(fault.Reason));

    public void OnSent() => Interlocked.Exchange(ref _room, null)?.TrySetResult();

    public void OnClosed(Exception? cause) => _all.TrySetException(new InvalidDataException("closed", cause));

    private async Task WriteCoreAsync(int writer, int frames, Random random, CancellationToken cancellationToken)
    {
        for (int written = 0; written < frames;)
        {
            int batch = Math.Min(random.Next(1, MostInBatch), frames - written);
            TaskCompletionSource? room = null;
            lock (_channel.Gate)
            {
                for (int i = 0; i < batch; i++)
                {
                    PingFrame.Write(_channel.Output, Wire.Layout.FrameType.Ping,
                        ((ulong)writer << 32) | (uint)written++);
                }

                if (_channel.UnsentBytes > MostUnsent)
                {
                    room = _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }

            _channel.Flush();
            await (room?.Task ?? Task.CompletedTask).WaitAsync(cancellationToken);
        }
    }
}
