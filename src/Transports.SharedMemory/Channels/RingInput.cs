using System.Buffers;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.SharedMemory.Channels;

/// <summary>
/// Frames on their way out of a ring: copied into private memory first, whatever their length, then looked at. For one
/// thread, but for <see cref="HasNews"/>.
/// </summary>
/// <param name="ring">The ring.</param>
/// <param name="peer">The writer's bell, for when it waits for room.</param>
/// <param name="frames">Splits and checks; owned from now on.</param>
internal sealed class RingInput(RingReader ring, Bell peer, FrameReader frames) : IDisposable
{
    private readonly IncomingBuffer _incoming = new();

    /// <summary>Whether there is something to take.</summary>
    public bool HasNews => ring.HasNews;

    /// <summary>Takes a piece of what there is and hands it over.</summary>
    /// <param name="sink">To whom.</param>
    /// <param name="count">How many bytes it was; 0 when there was nothing.</param>
    /// <returns>False when the channel does not go on.</returns>
    public bool Take(IFrameSink sink, out int count)
    {
        count = 0;
        if (ring.Look(out int available) is { } fault)
        {
            sink.OnFault(fault);
            return false;
        }

        if (available == 0)
        {
            return true;
        }

        count = ring.Read(_incoming.Free(frames.NeededBytes).Span);
        bool goesOn = HandOver(sink, count);
        if (ring.TakeSpaceWanted() && peer.TryClaim())
        {
            peer.Wake();
        }

        if (sink.OnBatchEnd() is { } called)
        {
            // This thread goes on reading; what runs may take as long as it likes.
            ThreadPool.UnsafeQueueUserWorkItem(called, preferLocal: false);
        }

        return goesOn;
    }

    public void Dispose()
    {
        frames.Dispose();
        _incoming.Dispose();
    }

    private bool HandOver(IFrameSink sink, int count)
    {
        ReadOnlySequence<byte> bytes = _incoming.Received(count);
        while (true)
        {
            if (frames.TryRead(ref bytes, out FrameHeader header, out ReadOnlySpan<byte> frame) is { } fault)
            {
                sink.OnFault(fault);
                return false;
            }

            if (frame.IsEmpty)
            {
                _incoming.Keep((int)bytes.Length);
                return true;
            }

            if (!sink.OnFrame(header, frame))
            {
                return false;
            }
        }
    }
}
