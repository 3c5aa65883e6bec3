using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Wire.Sessions;

/// <summary>What a client is told about the connection while frames are read; views must be copied.</summary>
public interface IClientEvents
{
    /// <summary>A PING has come that must be answered.</summary>
    /// <param name="value">What the PONG repeats.</param>
    void OnPing(ulong value);

    /// <summary>The listener takes no new requests.</summary>
    /// <param name="frame">Why, and for how long it goes on.</param>
    void OnGoAway(in GoAwayFrame frame);

    /// <summary>The listener gives up the connection.</summary>
    /// <param name="frame">Why.</param>
    void OnConnectionError(in ErrorFrame frame);
}
