namespace ThemisBridge.Testing.Replay;

/// <summary>
/// A stream that hands out given bytes in pieces cut exactly where told: a read never crosses a cut, so that a reader
/// can be tested with every way in which a network may split a message. For one reader.
/// </summary>
/// <param name="content">The bytes.</param>
/// <param name="cuts">Offsets in ascending order at which a read ends.</param>
public sealed class CuttingStream(ReadOnlyMemory<byte> content, IReadOnlyList<int> cuts) : Stream
{
    private int _position;
    private int _cut;

    /// <summary>What the stream throws after its last byte, in place of ending; null to end.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Whether reads are completed on another thread, after the call has returned, as a network's
    /// are.</summary>
    public bool IsAsynchronous { get; init; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => content.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (_cut < cuts.Count && cuts[_cut] <= _position)
        {
            _cut++;
        }

        int end = _cut < cuts.Count ? Math.Min(cuts[_cut], content.Length) : content.Length;
        int count = Math.Min(end - _position, buffer.Length);
        if (count == 0 && buffer.Length > 0 && Failure is { } failure)
        {
            throw failure;
        }

        content.Span.Slice(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsAsynchronous)
        {
            await Task.Yield();
        }

        return Read(buffer.Span);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
