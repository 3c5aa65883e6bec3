using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Wire.Tests.Sessions;

/// <summary>Plays a session as its listener.</summary>
internal sealed class ListenerScript : IListenerEvents
{
    private ListenerSession? _session;
    private bool _heardHello;

    public int Pings { get; private set; }

    /// <summary>Takes a frame of the client.</summary>
    public FrameFault? Receive(byte[] frame)
    {
        if (FrameHeader.Read(frame, PeerRole.Client, WireLimits.MaxFrameBytes, out FrameHeader header) is { } bad)
        {
            return bad;
        }

        if (_heardHello)
        {
            return _session!.Receive(header, frame, this);
        }

        _heardHello = true;
        return header.Type == FrameType.Hello
            ? HelloFrame.Read(frame, PeerRole.Client, out _) : FrameFault.Protocol("no HELLO");
    }

    /// <summary>Sends a frame of the script.</summary>
    public void Send(byte[] frame)
    {
        Assert.Null(FrameHeader.Read(frame, PeerRole.Listener, WireLimits.MaxFrameBytes, out FrameHeader header));
        switch (header.Type)
        {
            case FrameType.Hello:
                Assert.Null(HelloFrame.Read(frame, PeerRole.Listener, out HelloFrame? hello));
                _session = new ListenerSession(hello!.MaxRequests, TimeProvider.System);
                break;
            case FrameType.Accepted:
                Assert.Null(AcceptedFrame.Read(frame, out AcceptedFrame accepted));
                _session!.Accept(accepted.Handle);
                break;
            case FrameType.Step:
                Assert.Null(StepFrame.Read(frame, out StepFrame step));
                foreach (StepRow row in step)
                {
                    Assert.Equal(row.Cost, _session!.TakeCredit(row.Handle, row.Cost));
                }

                break;
            case FrameType.End:
                Assert.Null(EndFrame.Read(frame, out EndFrame end));
                _session!.End(end.Handle);
                break;
            case FrameType.Error:
                Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
                FailureStage stage = _session!.End(error.Handle);
                Assert.Equal(Codes.StageOf(error.Stage), stage);
                break;
            case FrameType.Ping:
                Assert.True(_session!.TryPing(out _));
                break;
        }
    }

    public IListenerCall OnRequest(in RequestFrame frame) => new SilentCall();

    public IListenerCall OnAdmin(in AdminFrame frame) => new SilentCall();

    public void OnPing(ulong value) => Pings++;

    public void OnConnectionError(in ErrorFrame frame)
    {
    }
}
