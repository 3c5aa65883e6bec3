using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Bench.Uds;

/// <summary>The listener's end of <see cref="BlockingFrames"/>: reads a whole request and answers it at once.</summary>
/// <param name="pipe">The connection.</param>
internal sealed class BlockingListener(FramesPipe pipe) : IListenerEvents, IListenerCall
{
    private readonly ListenerSession _session = new(maxRequests: 16, TimeProvider.System);
    private readonly StepBuilder _steps = new(withLogprobs: false);
    private InferenceRequest? _request;
    private uint _handle;

    /// <summary>Takes in a frame, and answers where it is a request.</summary>
    public FrameFault? Receive(in FrameHeader header, ReadOnlySpan<byte> frame)
    {
        var fault = header.Type == FrameType.Hello
            ? HelloFrame.Read(frame, PeerRole.Client, out var _) : _session.Receive(header, frame, this);
        if (header.Type == FrameType.Hello)
            new HelloFrame { Role = PeerRole.Listener, MaxRequests = 16 }.Write(pipe.Output);
        else if (_request is not null)
            Answer();
        pipe.Send();
        return fault;
    }

    /// <inheritdoc/>
    public IListenerCall OnRequest(in RequestFrame frame)
    {
        _handle = frame.Handle;
        return RequestContent.Read(frame, out _request) is { } fault ? throw new IOException(fault.Reason) : this;
    }

    /// <inheritdoc/>
    public IListenerCall OnAdmin(in AdminFrame frame) => throw Unexpected();

    /// <inheritdoc/>
    public void OnPing(ulong value) => throw Unexpected();

    /// <inheritdoc/>
    public void OnConnectionError(in ErrorFrame frame) => throw Unexpected();

    /// <inheritdoc/>
    public void OnCancelled() => throw Unexpected();

    /// <inheritdoc/>
    public void OnCredit() => throw Unexpected();

    /// <inheritdoc/>
    public void OnExpired() => throw Unexpected();

    private static IOException Unexpected() => new("the peer sent something that the exchange does not have");

    private void Answer()
    {
        _request = null;
        _session.Accept(_handle);
        _session.TakeCredit(_handle, (uint)FramesExchange.AnswerIds.Length);
        FramesExchange.WriteAnswer(pipe.Output, _handle, _steps);
        _session.End(_handle);
    }
}
