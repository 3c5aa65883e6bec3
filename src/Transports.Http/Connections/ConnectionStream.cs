using System.Runtime.CompilerServices;

namespace ThemisBridge.Transports.Http.Connections;

/// <summary>
/// A connection's bytes. It passes everything on and watches one thing: whether a connection that has served before
/// ends between a request and the first byte of its response, which it reports as
/// <see cref="StaleConnectionException"/>. The platform tells a first use and a later one not apart.
/// </summary>
internal sealed class ConnectionStream(Stream inner) : Stream
{
    private volatile bool _hasServed;
    private volatile bool _isAwaiting;
    private volatile bool _hasEnded;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private bool IsStale => _hasServed && _isAwaiting;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (IsStale)
        {
            throw new StaleConnectionException(e);
        }

        if (count > 0)
        {
            _hasServed = true;
            _isAwaiting = false;
        }
        else if (buffer.Length > 0)
        {
            _hasEnded = true;
            if (IsStale)
            {
                throw new StaleConnectionException(null);
            }
        }

        return count;
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _isAwaiting = true;
        if (_hasEnded && _hasServed)
        {
            throw new StaleConnectionException(null);
        }

        try
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (IsStale)
        {
            throw new StaleConnectionException(e);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    // The handler is asynchronous throughout; the synchronous members are there because Stream demands them.
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
