using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Wire.Sessions;

/// <summary>What a listener is told while frames are read; views must be copied.</summary>
public interface IListenerEvents
{
    /// <summary>A request has come; its handle is taken. It must be ended, whatever becomes of it.</summary>
    /// <param name="frame">The frame; texts and JSON are not checked yet.</param>
    IListenerCall OnRequest(in RequestFrame frame);

    /// <summary>A question to the listener itself has come; its handle is taken. It must be ended.</summary>
    /// <param name="frame">The frame; its JSON is not checked yet.</param>
    IListenerCall OnAdmin(in AdminFrame frame);

    /// <summary>A PING has come that must be answered.</summary>
    /// <param name="value">What the PONG repeats.</param>
    void OnPing(ulong value);

    /// <summary>The client gives up the connection.</summary>
    /// <param name="frame">Why.</param>
    void OnConnectionError(in ErrorFrame frame);
}
