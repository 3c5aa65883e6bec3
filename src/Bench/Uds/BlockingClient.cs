using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Bench.Uds;

/// <summary>The client's end of <see cref="BlockingFrames"/>: one exchange at a time.</summary>
/// <param name="pipe">The connection.</param>
internal sealed class BlockingClient(FramesPipe pipe) : IClientEvents, IClientCall
{
    private static readonly CallTerms Terms = new()
    {
        Kind = RequestKind.Generate,
        Credit = FramesExchange.Window,
        Due = long.MaxValue,
    };

    private readonly ClientSession _session = new(maxRequests: 16);
    private int _tokens;
    private bool _isOver;

    /// <summary>Asks, and reads the answer to its end.</summary>
    /// <exception cref="IOException">The answer is not whole, or the peer closed the connection.</exception>
    public void Exchange()
    {
        (_tokens, _isOver) = (0, false);
        RequestWriter.Write(pipe.Output, _session.Open(this, Terms), FramesExchange.Request, FramesExchange.Window);
        pipe.Send();
        while (!_isOver)
        {
            if (!pipe.Receive(Receive))
                throw new IOException("the peer closed the connection");
        }
        if (_tokens != FramesExchange.AnswerIds.Length)
            throw new IOException($"the answer has {_tokens} ids");
    }

    /// <inheritdoc/>
    public void OnAccepted(in AcceptedFrame frame)
    {
    }

    /// <inheritdoc/>
    public FrameFault? OnRow(in StepRow row)
    {
        _tokens += row.Ids.Length;
        return null;
    }

    /// <inheritdoc/>
    public void OnEnd(in EndFrame frame) => _isOver = true;

    /// <inheritdoc/>
    public void OnResult(in ResultFrame frame) => throw Unexpected();

    /// <inheritdoc/>
    public void OnError(in ErrorFrame frame) => throw Unexpected();

    /// <inheritdoc/>
    public void OnExpired(FailureStage stage) => throw Unexpected();

    /// <inheritdoc/>
    public void OnLost(BridgeException failure, FailureStage stage) => throw Unexpected();

    /// <inheritdoc/>
    public void OnPing(ulong value) => throw Unexpected();

    /// <inheritdoc/>
    public void OnGoAway(in GoAwayFrame frame) => throw Unexpected();

    /// <inheritdoc/>
    public void OnConnectionError(in ErrorFrame frame) => throw Unexpected();

    private static IOException Unexpected() => new("the peer sent something that the exchange does not have");

    private FrameFault? Receive(in FrameHeader header, ReadOnlySpan<byte> frame) =>
        _session.Receive(header, frame, this);
}
