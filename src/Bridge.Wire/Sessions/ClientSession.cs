using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Sessions;

/// <summary>
/// A client's side of a connection after both HELLOs: handles, credit, cancelling, budgets and drain, without I/O. Its
/// owner guards it with one lock, sends the frames that it asks for, and hands in those that come.
/// </summary>
/// <param name="maxRequests">How many requests the listener lets be open.</param>
public sealed class ClientSession(int maxRequests)
{
    private readonly HandleTable<IClientCall> _table = new(maxRequests);
    private readonly Stack<uint> _free = new();
    private PingState _pings;
    private uint _highest;

    /// <summary>How many requests are open.</summary>
    public int OpenCount => _table.Count;

    /// <summary>Whether the listener has said that it takes no new requests.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Takes a handle for a request that is about to be sent.</summary>
    /// <param name="call">What the handle stands for.</param>
    /// <param name="terms">What was agreed for it.</param>
    /// <returns>The handle; 0 when all are in use.</returns>
    public uint Open(IClientCall call, in CallTerms terms)
    {
        if (!_free.TryPop(out uint handle))
        {
            if (_highest == (uint)maxRequests)
            {
                return 0;
            }

            handle = ++_highest;
        }

        ref HandleEntry<IClientCall> entry = ref _table.Open(handle, call, terms.Kind);
        entry.Credit = terms.Credit;
        entry.Result = terms.Result;
        entry.ResultsLeft = terms.Results;
        entry.Due = terms.Due;
        entry.FirstDue = terms.FirstDue;
        return handle;
    }

    /// <summary>Whether a handle still stands for a request.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="call">The request.</param>
    public bool IsOpen(uint handle, IClientCall call) =>
        _table.IsOpen(handle) && ReferenceEquals(_table[handle].Call, call);

    /// <summary>Gives back a handle whose request could not be sent.</summary>
    public void Abandon(uint handle) => Close(handle);

    /// <summary>Cancels a request. Its end is still to come.</summary>
    /// <returns>Whether CANCEL must be sent: false when it was cancelled before or is not open.</returns>
    public bool Cancel(uint handle)
    {
        if (!_table.IsOpen(handle) || _table[handle].IsCancelled)
        {
            return false;
        }

        _table[handle].IsCancelled = true;
        return true;
    }

    /// <summary>Grants so many more tokens.</summary>
    /// <returns>Whether CREDIT must be sent: false when the request is over.</returns>
    public bool Grant(uint handle, uint tokens)
    {
        if (!_table.IsOpen(handle) || _table[handle].IsCancelled
            || _table[handle].Credit + tokens > WireLimits.MaxCredit)
        {
            return false;
        }

        _table[handle].Credit += tokens;
        return true;
    }

    /// <summary>Whether a PING may be sent; if so, with what value.</summary>
    public bool TryPing(out ulong value) => _pings.TryBegin(out value);

    /// <summary>Whether a PING of this side is unanswered.</summary>
    public bool IsPinging => _pings.IsOut;

    /// <summary>Takes in a frame of the listener. Null when it was right; otherwise the connection is over.</summary>
    /// <param name="header">Its header, checked.</param>
    /// <param name="frame">The whole frame.</param>
    /// <param name="events">Is told what concerns the connection.</param>
    public FrameFault? Receive(
        in FrameHeader header, ReadOnlySpan<byte> frame, IClientEvents events) => header.Type switch
    {
        FrameType.Step => ReceiveStep(frame),
        FrameType.Accepted => ReceiveAccepted(frame),
        FrameType.Result => ReceiveResult(frame),
        FrameType.End => ReceiveEnd(frame),
        FrameType.Error => ReceiveError(frame, events),
        FrameType.GoAway => ReceiveGoAway(frame, events),
        FrameType.Ping => ReceivePing(frame, events),
        FrameType.Pong => PingFrame.Read(frame, out PingFrame pong) ?? _pings.Answer(pong.Value),
        _ => FrameFault.Protocol("A frame came that has no place in an open connection."),
    };

    /// <summary>When the next budget is over, as a timestamp; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue() => _table.NextDue();

    /// <summary>Tells the requests whose budgets are over, and cancels them.</summary>
    /// <param name="now">The time as a timestamp.</param>
    /// <param name="cancel">Sends CANCEL for a handle.</param>
    public void Expire(long now, Action<uint> cancel)
    {
        for (uint handle = 1; handle <= _highest; handle++)
        {
            if (_table.IsOpen(handle) && _table[handle].NextDue <= now && Cancel(handle))
            {
                _table[handle].Call!.OnExpired(_table[handle].Stage);
                cancel(handle);
            }
        }
    }

    /// <summary>The connection is gone: tells all requests, once each.</summary>
    /// <param name="failure">Why.</param>
    public void Lose(BridgeException failure)
    {
        for (uint handle = 1; handle <= _highest; handle++)
        {
            if (_table.IsOpen(handle))
            {
                FailureStage stage = _table[handle].Stage;
                Close(handle).OnLost(failure, stage);
            }
        }
    }

    private static FrameFault NotOpen() => FrameFault.Protocol("A frame came for a request that is not open.");

    private static FrameFault? ReceivePing(ReadOnlySpan<byte> frame, IClientEvents events)
    {
        FrameFault? fault = PingFrame.Read(frame, out PingFrame ping);
        if (fault is null)
        {
            events.OnPing(ping.Value);
        }

        return fault;
    }

    private FrameFault? ReceiveStep(ReadOnlySpan<byte> frame)
    {
        if (StepFrame.Read(frame, out StepFrame step) is { } bad)
        {
            return bad;
        }

        foreach (StepRow row in step)
        {
            if (!_table.IsOpen(row.Handle))
            {
                return NotOpen();
            }

            ref HandleEntry<IClientCall> entry = ref _table[row.Handle];
            if (!entry.IsAccepted || row.Cost > entry.Credit)
            {
                return FrameFault.Protocol("A row came before its request was accepted, or without credit.");
            }

            entry.Credit -= row.Cost;
            entry.HasRow = true;
            if (entry.Call!.OnRow(row) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private FrameFault? ReceiveAccepted(ReadOnlySpan<byte> frame)
    {
        if (AcceptedFrame.Read(frame, out AcceptedFrame accepted) is { } bad)
        {
            return bad;
        }

        if (!_table.IsOpen(accepted.Handle))
        {
            return NotOpen();
        }

        ref HandleEntry<IClientCall> entry = ref _table[accepted.Handle];
        if (entry.Kind != RequestKind.Generate || entry.IsAccepted)
        {
            return FrameFault.Protocol("ACCEPTED came twice, or for what is no generation.");
        }

        entry.IsAccepted = true;
        entry.Call!.OnAccepted(accepted);
        return null;
    }

    private FrameFault? ReceiveResult(ReadOnlySpan<byte> frame)
    {
        if (ResultFrame.Read(frame, out ResultFrame result) is { } bad)
        {
            return bad;
        }

        if (!_table.IsOpen(result.Handle))
        {
            return NotOpen();
        }

        ref HandleEntry<IClientCall> entry = ref _table[result.Handle];
        if (!entry.TryTake(result))
        {
            return FrameFault.Protocol("RESULT is of another kind or length than was asked for, or one too many.");
        }

        entry.Call!.OnResult(result);
        return null;
    }

    private FrameFault? ReceiveEnd(ReadOnlySpan<byte> frame)
    {
        if (EndFrame.Read(frame, out EndFrame end) is { } bad)
        {
            return bad;
        }

        if (!_table.IsOpen(end.Handle))
        {
            return NotOpen();
        }

        ref HandleEntry<IClientCall> entry = ref _table[end.Handle];
        bool isGeneration = entry.Kind == RequestKind.Generate;
        if (isGeneration != (end.Finish != FinishCode.None) || isGeneration != entry.IsAccepted
            || entry.ResultsLeft > 0)
        {
            return FrameFault.Protocol("END came before the answer was whole, or with a reason of another kind.");
        }

        Close(end.Handle).OnEnd(end);
        return null;
    }

    private FrameFault? ReceiveError(ReadOnlySpan<byte> frame, IClientEvents events)
    {
        if (ErrorFrame.Read(frame, out ErrorFrame error) is { } bad)
        {
            return bad;
        }

        if (error.Handle == 0)
        {
            events.OnConnectionError(error);
            return null;
        }

        if (!_table.IsOpen(error.Handle)
            || (error.Code == FailureCode.Cancelled && !_table[error.Handle].IsCancelled))
        {
            return FrameFault.Protocol("ERROR came for a request that is not open, or says cancelled of one that was not.");
        }

        Close(error.Handle).OnError(error);
        return null;
    }

    private FrameFault? ReceiveGoAway(ReadOnlySpan<byte> frame, IClientEvents events)
    {
        if (GoAwayFrame.Read(frame, out GoAwayFrame goAway) is { } bad)
        {
            return bad;
        }

        if (IsDraining)
        {
            return FrameFault.Protocol("GOAWAY came twice.");
        }

        IsDraining = true;
        events.OnGoAway(goAway);
        return null;
    }

    private IClientCall Close(uint handle)
    {
        _free.Push(handle);
        return _table.Close(handle);
    }
}
