using System.Buffers;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>
/// Two-way frames between two processes after the handshake: a socket, or what an <see cref="IChannelUpgrade"/> moves
/// to. A channel knows nothing of requests.
/// </summary>
public interface IFrameChannel : IAsyncDisposable
{
    /// <summary>The kind of transport that is reported: <c>uds</c> or <c>shm</c>.</summary>
    string Kind { get; }

    /// <summary>Guards <see cref="Output"/>, and whatever else its user keeps in step with it.</summary>
    Lock Gate { get; }

    /// <summary>Where whole frames are appended, under <see cref="Gate"/>.</summary>
    IBufferWriter<byte> Output { get; }

    /// <summary>Bytes that were appended and that the peer has not taken yet.</summary>
    long UnsentBytes { get; }

    /// <summary>Since when sending makes no progress, as a timestamp of the connection's clock; null while it
    /// does.</summary>
    long? StalledSince { get; }

    /// <summary>Begins to receive. Once.</summary>
    /// <param name="sink">Is handed the frames, one at a time.</param>
    void Start(IFrameSink sink);

    /// <summary>Sends what was appended. Never waits; not to be called under <see cref="Gate"/>.</summary>
    void Flush();

    /// <summary>
    /// Ends the channel, after what was flushed if the peer takes it at once. <see cref="IFrameSink.OnClosed"/>
    /// follows.
    /// </summary>
    void Close();
}
