using System.Buffers;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>
/// Where frames to a peer are appended, under its channel's lock: none that is longer than the peer accepts. A frame is
/// asked for whole before any of it is written, so one that is refused leaves nothing behind.
/// </summary>
/// <param name="channel">The channel.</param>
/// <param name="maxFrameBytes">The longest frame that the peer accepts.</param>
internal sealed class PeerOutput(IFrameChannel channel, int maxFrameBytes) : IBufferWriter<byte>
{
    public void Advance(int count) => channel.Output.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => channel.Output.GetMemory(Check(sizeHint));

    public Span<byte> GetSpan(int sizeHint = 0) => channel.Output.GetSpan(Check(sizeHint));

    private int Check(int bytes) => bytes <= maxFrameBytes ? bytes : throw new BridgeException(
        BridgeFailure.LimitExceeded, FailureStage.Admit,
        $"A message of {bytes} bytes is over the {maxFrameBytes} that the peer accepts. Send or ask for less at once.");
}
