using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>What a channel hands its frames to. Called by one thread at a time, without the channel's lock.</summary>
public interface IFrameSink
{
    /// <summary>A frame has come.</summary>
    /// <param name="header">Its header, checked.</param>
    /// <param name="frame">The whole frame, valid until the return.</param>
    /// <returns>False when the channel should not go on.</returns>
    bool OnFrame(in FrameHeader header, ReadOnlySpan<byte> frame);

    /// <summary>Everything that had come was handed over.</summary>
    /// <returns>
    /// Something that the frames have called for, or null. The channel runs it when receiving goes on without its
    /// thread, and else queues it: that spares the way over another thread, and what runs may take as long as it likes.
    /// </returns>
    IThreadPoolWorkItem? OnBatchEnd();

    /// <summary>A header was wrong. The channel does not go on.</summary>
    /// <param name="fault">What was wrong.</param>
    void OnFault(FrameFault fault);

    /// <summary>The peer has taken what was unsent.</summary>
    void OnSent();

    /// <summary>Nothing more will come. Called once, last.</summary>
    /// <param name="cause">What broke, or null when the peer or this side closed.</param>
    void OnClosed(Exception? cause);
}
