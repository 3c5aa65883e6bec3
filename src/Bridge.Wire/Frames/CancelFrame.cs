using System.Buffers;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>CANCEL: stops a request.</summary>
public readonly struct CancelFrame
{
    /// <summary>Which request.</summary>
    public uint Handle { get; private init; }

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="cancel">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out CancelFrame cancel)
    {
        cancel = new CancelFrame { Handle = Field.U32(frame, FrameLayout.Cancel.Handle) };
        return frame.Length != FrameLayout.Cancel.Size || cancel.Handle == 0
            || Field.U32(frame, FrameLayout.Cancel.Reserved) != 0
            ? FrameFault.Protocol("CANCEL has a wrong length, no handle, or a reserved field that is not zero.")
            : null;
    }

    /// <summary>Writes one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    public static void Write(IBufferWriter<byte> output, uint handle)
    {
        Span<byte> frame = FrameStart.Begin(output, FrameType.Cancel, 0, FrameLayout.Cancel.Size, 0);
        Field.Put(frame, FrameLayout.Cancel.Handle, handle);
        output.Advance(frame.Length);
    }
}
