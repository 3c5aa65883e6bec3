using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace ThemisBridge.Server.Tests.Doubles;

/// <summary>A response body that keeps what is written and counts how often it is sent.</summary>
internal sealed class CountingBody : PipeWriter, IHttpResponseBodyFeature
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private int _flushed;

    public int Flushes { get; private set; }

    public byte[] Written => _buffer.WrittenSpan.ToArray();

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _buffer.WrittenCount - _flushed;

    public Stream Stream => Stream.Null;

    public PipeWriter Writer => this;

    public override void Advance(int bytes) => _buffer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _buffer.GetSpan(sizeHint);

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Flushes++;
        _flushed = _buffer.WrittenCount;
        return ValueTask.FromResult(new FlushResult(isCanceled: false, isCompleted: false));
    }

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException("No file is sent here.");

    public Task CompleteAsync() => Task.CompletedTask;
}
