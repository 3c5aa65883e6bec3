using System.Buffers;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>
/// A growing byte buffer on rented memory, at most <see cref="RequestLimits.MaxMessageBytes"/> long. One thread writes;
/// whoever made it disposes it, and whoever still reads then holds it by <see cref="TryRetain"/>.
/// </summary>
internal sealed class PooledBuffer(int initialBytes = 4096) : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(initialBytes);
    private int _holders = 1;

    /// <summary>What was written; valid until the next write or <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    public void Advance(int count)
    {
        if (Length + count > RequestLimits.MaxMessageBytes)
        {
            throw TooLarge();
        }

        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Holds the memory until one more <see cref="Dispose"/>; false when it is gone already.</summary>
    public bool TryRetain()
    {
        int holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            int seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
            {
                return true;
            }

            holders = seen;
        }

        return false;
    }

    /// <summary>Gives up one hold; the last one gives the memory back.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }

    private void MakeRoom(int count)
    {
        if (_bytes.Length - Length >= count)
        {
            return;
        }

        // JSON writers ask for three bytes per character: what they then write is checked again in Advance.
        if ((long)Length + count > 4L * RequestLimits.MaxMessageBytes)
        {
            throw TooLarge();
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + count, _bytes.Length * 2));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }

    private static BridgeException TooLarge() =>
        new(BridgeFailure.LimitExceeded, FailureStage.Admit,
            $"The message is over {RequestLimits.MaxMessageBytes} bytes. Send a shorter prompt.");
}
