using System.Text.Json.Nodes;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Wire.Tests.Sessions;

/// <summary>Plays a session as its client.</summary>
internal sealed class ClientScript : IClientEvents
{
    private ClientSession? _session;
    private BridgeException? _lost;

    public List<JsonObject> Outcome { get; } = [];

    /// <summary>Takes a frame of the listener.</summary>
    public FrameFault? Receive(byte[] frame)
    {
        if (FrameHeader.Read(frame, PeerRole.Listener, WireLimits.MaxFrameBytes, out FrameHeader header) is { } bad)
        {
            return bad;
        }

        if (_session is not null)
        {
            FrameFault? fault = _session.Receive(header, frame, this);
            if (_lost is not null)
            {
                _session.Lose(_lost);
            }

            return fault;
        }

        if (header.Type != FrameType.Hello)
        {
            return FrameFault.Protocol("no HELLO");
        }

        FrameFault? wrong = HelloFrame.Read(frame, PeerRole.Listener, out HelloFrame? hello);
        _session = hello is null ? null : new ClientSession(hello.MaxRequests);
        return wrong;
    }

    /// <summary>Sends a frame of the script.</summary>
    public void Send(byte[] frame)
    {
        Assert.Null(FrameHeader.Read(frame, PeerRole.Client, WireLimits.MaxFrameBytes, out FrameHeader header));
        switch (header.Type)
        {
            case FrameType.Request:
                Assert.Null(RequestFrame.Read(frame, out RequestFrame request));
                Open(request.Handle, TermsOf(request));
                break;
            case FrameType.Admin:
                Assert.Null(AdminFrame.Read(frame, out AdminFrame admin));
                Open(admin.Handle, new CallTerms
                    { Kind = RequestKind.Admin, Due = long.MaxValue, Result = ResultKind.Json, Results = 1 });
                break;
            case FrameType.Cancel:
                Assert.Null(CancelFrame.Read(frame, out CancelFrame cancel));
                Assert.True(_session!.Cancel(cancel.Handle));
                break;
            case FrameType.Credit:
                Assert.Null(CreditFrame.Read(frame, out CreditFrame credit));
                Assert.True(_session!.Grant(credit.Handle, credit.Tokens));
                break;
            case FrameType.Ping:
                Assert.Null(PingFrame.Read(frame, out PingFrame ping));
                Assert.True(_session!.TryPing(out ulong value));
                Assert.Equal(ping.Value, value);
                break;
            default:
                Assert.True(header.Type is FrameType.Hello or FrameType.Pong);
                break;
        }
    }

    /// <summary>The listener is gone.</summary>
    public void EndOfFile() =>
        _session!.Lose(new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Stream, "gone"));

    public void OnPing(ulong value)
    {
    }

    public void OnGoAway(in GoAwayFrame frame)
    {
    }

    public void OnConnectionError(in ErrorFrame frame) => _lost = frame.ToException("test");

    private void Open(uint handle, CallTerms terms)
    {
        var call = new RecordingCall(terms.Kind, Outcome) { Handle = handle };
        Assert.Equal(handle, _session!.Open(call, terms));
    }

    private static CallTerms TermsOf(in RequestFrame request)
    {
        int inputs = 0;
        if (request.Kind == RequestKind.Embed)
        {
            Assert.Null(RequestContent.Read(request, out EmbeddingRequest? embed));
            inputs = embed!.Inputs.Count;
        }

        return new CallTerms
        {
            Kind = request.Kind,
            Credit = request.Credit,
            Due = long.MaxValue,
            Result = request.Kind switch
            {
                RequestKind.Embed => ResultKind.Embedding,
                RequestKind.Tokenize => ResultKind.Ids,
                _ => ResultKind.Text,
            },
            Results = request.Kind == RequestKind.Embed ? inputs : request.Kind == RequestKind.Generate ? 0 : 1,
        };
    }
}
