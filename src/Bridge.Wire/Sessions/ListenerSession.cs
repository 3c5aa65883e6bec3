using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Sessions;

/// <summary>
/// A listener's side of a connection after both HELLOs: handles, credit, cancelling, budgets and drain, without I/O.
/// Its owner guards it with one lock, hands in the frames that come, and tells it what it sends.
/// </summary>
/// <param name="maxRequests">How many requests may be open.</param>
/// <param name="time">The clock of budgets.</param>
public sealed class ListenerSession(int maxRequests, TimeProvider time)
{
    private readonly HandleTable<IListenerCall> _table = new(maxRequests);
    private PingState _pings;

    /// <summary>How many requests are open.</summary>
    public int OpenCount => _table.Count;

    /// <summary>Takes in a frame of the client. Null when it was right; otherwise the connection is over.</summary>
    /// <param name="header">Its header, checked.</param>
    /// <param name="frame">The whole frame.</param>
    /// <param name="events">Is told what came.</param>
    public FrameFault? Receive(
        in FrameHeader header, ReadOnlySpan<byte> frame, IListenerEvents events) => header.Type switch
    {
        FrameType.Request => ReceiveRequest(frame, events),
        FrameType.Admin => ReceiveAdmin(frame, events),
        FrameType.Cancel => ReceiveCancel(frame),
        FrameType.Credit => ReceiveCredit(frame),
        FrameType.Error => ReceiveError(frame, events),
        FrameType.Ping => ReceivePing(frame, events),
        FrameType.Pong => PingFrame.Read(frame, out PingFrame pong) ?? _pings.Answer(pong.Value),
        _ => FrameFault.Protocol("A frame came that has no place in an open connection."),
    };

    /// <summary>ACCEPTED is about to be sent.</summary>
    /// <param name="handle">The handle.</param>
    /// <exception cref="InvalidOperationException">It must not be.</exception>
    public void Accept(uint handle)
    {
        ref HandleEntry<IListenerCall> entry = ref Entry(handle);
        Require(entry.Kind == RequestKind.Generate && !entry.IsAccepted);
        entry.IsAccepted = true;
    }

    /// <summary>Takes credit for a row that is about to be sent.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="tokens">What the rows to send would cost; at least 1.</param>
    /// <returns>What may be sent of it; 0 for nothing now.</returns>
    /// <exception cref="InvalidOperationException">The request was not accepted.</exception>
    public uint TakeCredit(uint handle, uint tokens)
    {
        ref HandleEntry<IListenerCall> entry = ref Entry(handle);
        Require(entry.IsAccepted);
        uint taken = (uint)Math.Min(entry.Credit, tokens);
        entry.Credit -= taken;
        entry.HasRow |= taken > 0;
        return taken;
    }

    /// <summary>END or ERROR is about to be sent: the handle is free again.</summary>
    /// <param name="handle">The handle.</param>
    /// <returns>How far the request had come.</returns>
    /// <exception cref="InvalidOperationException">It is free already.</exception>
    public FailureStage End(uint handle)
    {
        FailureStage stage = Entry(handle).Stage;
        _table.Close(handle);
        return stage;
    }

    /// <summary>Whether a request may send anything now.</summary>
    /// <param name="handle">The handle.</param>
    /// <exception cref="InvalidOperationException">It is not open.</exception>
    public bool HasCredit(uint handle) => Entry(handle).Credit > 0;

    /// <summary>What is open.</summary>
    public IReadOnlyList<IListenerCall> OpenCalls()
    {
        var calls = new List<IListenerCall>(_table.Count);
        foreach (ref HandleEntry<IListenerCall> entry in _table.Entries)
        {
            if (entry.Call is not null)
            {
                calls.Add(entry.Call);
            }
        }

        return calls;
    }

    /// <summary>Whether a PING may be sent; if so, with what value.</summary>
    /// <param name="value">The value.</param>
    public bool TryPing(out ulong value) => _pings.TryBegin(out value);

    /// <summary>Whether a PING of this side is unanswered.</summary>
    public bool IsPinging => _pings.IsOut;

    /// <summary>When the next budget is over, as a timestamp; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue() => _table.NextDue();

    /// <summary>Tells the requests whose budgets are over.</summary>
    /// <param name="now">The time as a timestamp.</param>
    public void Expire(long now)
    {
        foreach (ref HandleEntry<IListenerCall> entry in _table.Entries)
        {
            if (entry.Call is not null && entry.NextDue <= now)
            {
                entry.IsExpired = true;
                entry.Call.OnExpired();
            }
        }
    }

    /// <summary>The connection is gone: cancels what is open, once each.</summary>
    public void Lose()
    {
        foreach (ref HandleEntry<IListenerCall> entry in _table.Entries)
        {
            if (entry.Call is not null && !entry.IsCancelled)
            {
                entry.IsCancelled = true;
                entry.Call.OnCancelled();
            }
        }
    }

    private static void Require(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("The listener was about to send a frame that its state forbids.");
        }
    }

    private FrameFault? ReceiveRequest(ReadOnlySpan<byte> frame, IListenerEvents events)
    {
        if ((RequestFrame.Read(frame, out RequestFrame request) ?? CheckFree(request.Handle)) is { } fault)
        {
            return fault;
        }

        IListenerCall call = events.OnRequest(request);
        ref HandleEntry<IListenerCall> entry = ref _table.Open(request.Handle, call, request.Kind);
        entry.Credit = request.Credit;
        entry.Due = DueOf(request.Total);
        entry.FirstDue = DueOf(request.FirstToken);
        return null;
    }

    private FrameFault? ReceiveAdmin(ReadOnlySpan<byte> frame, IListenerEvents events)
    {
        if ((AdminFrame.Read(frame, out AdminFrame admin) ?? CheckFree(admin.Handle)) is { } fault)
        {
            return fault;
        }

        IListenerCall call = events.OnAdmin(admin);
        _table.Open(admin.Handle, call, RequestKind.Admin).Due = DueOf(admin.Total);
        return null;
    }

    // CANCEL and CREDIT for a free handle crossed its END.
    private FrameFault? ReceiveCancel(ReadOnlySpan<byte> frame)
    {
        FrameFault? fault = CancelFrame.Read(frame, out CancelFrame cancel);
        if (fault is null && _table.IsOpen(cancel.Handle) && !_table[cancel.Handle].IsCancelled)
        {
            _table[cancel.Handle].IsCancelled = true;
            _table[cancel.Handle].Call!.OnCancelled();
        }

        return fault;
    }

    private FrameFault? ReceiveCredit(ReadOnlySpan<byte> frame)
    {
        FrameFault? fault = CreditFrame.Read(frame, out CreditFrame credit);
        if (fault is not null || !_table.IsOpen(credit.Handle) || _table[credit.Handle].IsCancelled)
        {
            return fault;
        }

        ref HandleEntry<IListenerCall> entry = ref _table[credit.Handle];
        if (entry.Credit + credit.Tokens > WireLimits.MaxCredit)
        {
            return FrameFault.Protocol("CREDIT granted more than its limit.");
        }

        entry.Credit += credit.Tokens;
        entry.Call!.OnCredit();
        return null;
    }

    private static FrameFault? ReceiveError(ReadOnlySpan<byte> frame, IListenerEvents events)
    {
        if (ErrorFrame.Read(frame, out ErrorFrame error) is { } bad)
        {
            return bad;
        }

        if (error.Handle != 0)
        {
            return FrameFault.Protocol("A client sent ERROR for a request.");
        }

        events.OnConnectionError(error);
        return null;
    }

    private static FrameFault? ReceivePing(ReadOnlySpan<byte> frame, IListenerEvents events)
    {
        FrameFault? fault = PingFrame.Read(frame, out PingFrame ping);
        if (fault is null)
        {
            events.OnPing(ping.Value);
        }

        return fault;
    }

    private FrameFault? CheckFree(uint handle) =>
        handle > (uint)maxRequests || _table.IsOpen(handle)
            ? FrameFault.Protocol("A request came with a handle that is not free, or over the limit.")
            : null;

    private ref HandleEntry<IListenerCall> Entry(uint handle)
    {
        Require(_table.IsOpen(handle));
        return ref _table[handle];
    }

    private long DueOf(TimeSpan budget) => budget == Timeout.InfiniteTimeSpan
        ? long.MaxValue : time.GetTimestamp() + (long)(budget.TotalSeconds * time.TimestampFrequency);
}
