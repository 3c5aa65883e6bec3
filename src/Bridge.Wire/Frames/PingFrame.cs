using System.Buffers;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>PING and PONG: is anybody there?</summary>
public readonly struct PingFrame
{
    /// <summary>What the answer repeats.</summary>
    public ulong Value { get; private init; }

    /// <summary>Reads a PING or PONG. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="ping">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out PingFrame ping)
    {
        ping = new PingFrame { Value = Field.U64(frame, FrameLayout.Ping.Value) };
        return frame.Length == FrameLayout.Ping.Size ? null : FrameFault.Protocol("PING or PONG has a wrong length.");
    }

    /// <summary>Writes one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="type"><see cref="FrameType.Ping"/> or <see cref="FrameType.Pong"/>.</param>
    /// <param name="value">What the answer repeats.</param>
    public static void Write(IBufferWriter<byte> output, FrameType type, ulong value)
    {
        Span<byte> frame = FrameStart.Begin(output, type, 0, FrameLayout.Ping.Size, 0);
        Field.Put(frame, FrameLayout.Ping.Value, value);
        output.Advance(frame.Length);
    }
}
