using System.Buffers;
using System.Text.Unicode;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>GOAWAY: no new requests.</summary>
public readonly ref struct GoAwayFrame
{
    /// <summary>How long running requests may still take, in milliseconds.</summary>
    public uint DrainMs { get; private init; }

    /// <summary>Why, in UTF-8; may be empty.</summary>
    public ReadOnlySpan<byte> Message { get; private init; }

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="goAway">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out GoAwayFrame goAway)
    {
        goAway = default;
        ushort messageBytes = Field.U16(frame, FrameLayout.GoAway.MessageBytes);
        if (Field.U16(frame, FrameLayout.GoAway.Reserved) != 0)
        {
            return FrameFault.Protocol("GOAWAY has a reserved field that is not zero.");
        }

        if (messageBytes > WireLimits.MaxMessageBytes)
        {
            return FrameFault.Limit("GOAWAY has a message over its limit.");
        }

        if (Sections.Read(frame, FrameLayout.GoAway.Size, messageBytes, out Sections sections) is { } fault)
        {
            return fault;
        }

        goAway = new GoAwayFrame
        {
            DrainMs = Field.U32(frame, FrameLayout.GoAway.DrainMs),
            Message = sections.Bytes(messageBytes),
        };
        return Utf8.IsValid(goAway.Message) ? null : FrameFault.Protocol("GOAWAY has a message that is not UTF-8.");
    }

    /// <summary>Writes one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="drainMs">How long running requests may still take.</param>
    /// <param name="message">Why; cut at its limit.</param>
    public static void Write(IBufferWriter<byte> output, uint drainMs, string message)
    {
        message = FrameStart.Cut(message, WireLimits.MaxMessageBytes);
        int bytes = FrameStart.Utf8Length(message, "message", WireLimits.MaxMessageBytes);
        Span<byte> frame = FrameStart.Begin(output, FrameType.GoAway, 0, FrameLayout.GoAway.Size, bytes);
        Field.Put(frame, FrameLayout.GoAway.DrainMs, drainMs);
        Field.Put(frame, FrameLayout.GoAway.MessageBytes, (ushort)bytes);
        Span<byte> rest = frame[FrameLayout.GoAway.Size..];
        FrameStart.Text(ref rest, message);
        output.Advance(frame.Length);
    }
}
