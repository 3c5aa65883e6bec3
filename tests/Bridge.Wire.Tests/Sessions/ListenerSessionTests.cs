using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Wire.Tests.Sessions;

public sealed class ListenerSessionTests : IListenerEvents
{
    private readonly FakeTimeProvider _time = new();
    private readonly SilentCall _call = new();

    [Fact]
    public void First_token_budget_ends_with_the_first_row_and_the_total_one_does_not()
    {
        ListenerSession session = Open(new DeadlineBudgets
        {
            Total = TimeSpan.FromSeconds(5),
            FirstToken = TimeSpan.FromSeconds(1),
        });
        session.Accept(1);
        Assert.Equal(2u, session.TakeCredit(1, 2));
        _time.Advance(TimeSpan.FromSeconds(2));
        session.Expire(_time.GetTimestamp());
        Assert.Equal(0, _call.Expired);
        _time.Advance(TimeSpan.FromSeconds(3));
        session.Expire(_time.GetTimestamp());
        session.Expire(_time.GetTimestamp());
        Assert.Equal(1, _call.Expired);
        Assert.Equal(FailureStage.Stream, session.End(1));
    }

    [Fact]
    public void First_token_budget_counts_before_the_first_row()
    {
        ListenerSession session = Open(new DeadlineBudgets { FirstToken = TimeSpan.FromSeconds(1) });
        _time.Advance(TimeSpan.FromSeconds(1));
        session.Expire(_time.GetTimestamp());
        Assert.Equal(1, _call.Expired);
        Assert.Equal(FailureStage.Admit, session.End(1));
    }

    [Fact]
    public void Credit_is_given_out_as_far_as_it_goes()
    {
        ListenerSession session = Open(DeadlineBudgets.Unset);
        session.Accept(1);
        Assert.Equal(5u, session.TakeCredit(1, 5));
        Assert.Equal(3u, session.TakeCredit(1, 5));
        Assert.Equal(0u, session.TakeCredit(1, 1));
    }

    [Fact]
    public void Lost_connection_cancels_once()
    {
        ListenerSession session = Open(DeadlineBudgets.Unset);
        session.Lose();
        session.Lose();
        Assert.Equal(1, _call.Cancelled);
    }

    [Fact]
    public void Own_frames_that_the_state_forbids_are_refused()
    {
        ListenerSession session = Open(DeadlineBudgets.Unset);
        Assert.Throws<InvalidOperationException>(() => session.TakeCredit(1, 1));
        session.Accept(1);
        Assert.Throws<InvalidOperationException>(() => session.Accept(1));
        session.End(1);
        Assert.Throws<InvalidOperationException>(() => session.End(1));
        Assert.Throws<InvalidOperationException>(() => session.Accept(1));
    }

    IListenerCall IListenerEvents.OnRequest(in RequestFrame frame) => _call;

    IListenerCall IListenerEvents.OnAdmin(in AdminFrame frame) => _call;

    void IListenerEvents.OnPing(ulong value)
    {
    }

    void IListenerEvents.OnConnectionError(in ErrorFrame frame)
    {
    }

    private ListenerSession Open(DeadlineBudgets budgets)
    {
        var output = new ArrayBufferWriter<byte>();
        RequestWriter.Write(output, 1, new InferenceRequest
        {
            Model = "m",
            Prompt = new TokenPrompt(new[] { 1 }),
            Deadlines = budgets,
        }, 8);
        var session = new ListenerSession(4, _time);
        Assert.Null(
            FrameHeader.Read(output.WrittenSpan, PeerRole.Client, WireLimits.MaxFrameBytes, out FrameHeader header));
        Assert.Null(session.Receive(header, output.WrittenSpan, this));
        return session;
    }
}
