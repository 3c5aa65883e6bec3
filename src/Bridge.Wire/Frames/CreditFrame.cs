using System.Buffers;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>CREDIT: more tokens may be sent.</summary>
public readonly struct CreditFrame
{
    /// <summary>For which request.</summary>
    public uint Handle { get; private init; }

    /// <summary>How many more.</summary>
    public uint Tokens { get; private init; }

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="credit">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out CreditFrame credit)
    {
        credit = new CreditFrame
        {
            Handle = Field.U32(frame, FrameLayout.Credit.Handle),
            Tokens = Field.U32(frame, FrameLayout.Credit.Tokens),
        };
        return frame.Length != FrameLayout.Credit.Size || credit.Handle == 0 || credit.Tokens == 0
            ? FrameFault.Protocol("CREDIT has a wrong length, no handle, or no tokens.")
            : null;
    }

    /// <summary>Writes one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">For which request.</param>
    /// <param name="tokens">How many more; at least 1.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, uint tokens)
    {
        Span<byte> frame = FrameStart.Begin(output, FrameType.Credit, 0, FrameLayout.Credit.Size, 0);
        Field.Put(frame, FrameLayout.Credit.Handle, handle);
        Field.Put(frame, FrameLayout.Credit.Tokens, tokens);
        output.Advance(frame.Length);
    }
}
