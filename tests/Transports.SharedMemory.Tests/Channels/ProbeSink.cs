using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.SharedMemory.Tests.Channels;

/// <summary>Takes every frame, and remembers how its channel ended.</summary>
/// <param name="onBatchEnd">What happens after each batch; null for nothing.</param>
internal sealed class ProbeSink(Action? onBatchEnd = null) : IFrameSink
{
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What broke; null when nothing did.</summary>
    public Task<Exception?> Closed => _closed.Task;

    public bool OnFrame(in FrameHeader header, ReadOnlySpan<byte> frame) => true;

    public IThreadPoolWorkItem? OnBatchEnd()
    {
        onBatchEnd?.Invoke();
        return null;
    }

    public void OnFault(FrameFault fault) => _closed.TrySetResult(new InvalidDataException(fault.Reason));

    public void OnSent()
    {
    }

    public void OnClosed(Exception? cause) => _closed.TrySetResult(cause);
}
