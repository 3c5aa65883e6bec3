using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Wire.Sessions;

/// <summary>The PINGs of one side of a connection: at most one is unanswered.</summary>
internal struct PingState
{
    private ulong _value;
    private bool _isOut;

    /// <summary>Whether one is unanswered.</summary>
    public readonly bool IsOut => _isOut;

    /// <summary>Whether a PING may be sent; if so, with what.</summary>
    public bool TryBegin(out ulong value)
    {
        value = _value + 1;
        if (_isOut)
        {
            return false;
        }

        _value = value;
        _isOut = true;
        return true;
    }

    /// <summary>Takes the answer.</summary>
    public FrameFault? Answer(ulong value)
    {
        bool isRight = _isOut && value == _value;
        _isOut = false;
        return isRight ? null : FrameFault.Protocol("A PONG came that answers no PING.");
    }
}
