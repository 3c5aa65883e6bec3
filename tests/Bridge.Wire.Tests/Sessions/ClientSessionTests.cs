using System.Text.Json.Nodes;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Wire.Tests.Sessions;

public sealed class ClientSessionTests
{
    private readonly List<JsonObject> _outcome = [];
    private readonly List<uint> _cancelled = [];

    [Fact]
    public void Handles_end_at_the_limit_and_are_used_again()
    {
        var session = new ClientSession(3);
        Assert.Equal([1u, 2u, 3u, 0u], new[] { Open(session), Open(session), Open(session), Open(session) });
        session.Abandon(2);
        Assert.Equal(2u, Open(session));
        Assert.Equal(3, session.OpenCount);
    }

    [Fact]
    public void Cancel_is_sent_once_and_only_for_what_is_open()
    {
        var session = new ClientSession(3);
        uint handle = Open(session);
        Assert.True(session.Cancel(handle));
        Assert.False(session.Cancel(handle));
        Assert.False(session.Cancel(2));
        Assert.False(session.Cancel(0));
        Assert.False(session.Cancel(uint.MaxValue));
        Assert.False(session.Grant(handle, 1));
    }

    [Fact]
    public void Credit_never_grows_over_its_limit()
    {
        var session = new ClientSession(3);
        uint handle = Open(session, WireLimits.MaxCredit - 1);
        Assert.True(session.Grant(handle, 1));
        Assert.False(session.Grant(handle, 1));
    }

    [Fact]
    public void Budget_that_is_over_is_told_once_and_the_nearest_is_next()
    {
        var session = new ClientSession(3);
        Assert.Equal(long.MaxValue, session.NextDue());
        RecordingCall early = Call(session, due: 100, firstDue: 50);
        RecordingCall late = Call(session, due: 200, firstDue: long.MaxValue);
        Assert.Equal(50, session.NextDue());
        session.Expire(49, _cancelled.Add);
        Assert.Equal(0, early.Expired);
        session.Expire(50, _cancelled.Add);
        session.Expire(60, _cancelled.Add);
        Assert.Equal((1, 0), (early.Expired, late.Expired));
        Assert.Equal(200, session.NextDue());
        session.Expire(200, _cancelled.Add);
        Assert.Equal((1, 1), (early.Expired, late.Expired));
        Assert.Equal([1u, 2u], _cancelled);
    }

    [Fact]
    public void Cancelled_request_has_no_budget_any_more()
    {
        var session = new ClientSession(3);
        RecordingCall call = Call(session, due: 100, firstDue: 50);
        session.Cancel(call.Handle);
        Assert.Equal(long.MaxValue, session.NextDue());
        session.Expire(1000, _cancelled.Add);
        Assert.Equal(0, call.Expired);
    }

    [Fact]
    public void Lost_connection_ends_every_request_once()
    {
        var session = new ClientSession(3);
        Open(session);
        Open(session);
        var failure = new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Stream, "gone");
        session.Lose(failure);
        session.Lose(failure);
        Assert.Equal(2, _outcome.Count);
        Assert.Equal(0, session.OpenCount);
    }

    private uint Open(ClientSession session, uint credit = 5) => session.Open(
        new RecordingCall(RequestKind.Generate, _outcome),
        new CallTerms { Kind = RequestKind.Generate, Credit = credit, Due = long.MaxValue });

    private RecordingCall Call(ClientSession session, long due, long firstDue)
    {
        var call = new RecordingCall(RequestKind.Generate, _outcome);
        call.Handle = session.Open(call, new CallTerms { Kind = RequestKind.Generate, Due = due, FirstDue = firstDue });
        return call;
    }
}
