using System.Buffers;
using System.Text;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>HELLO: who a side is and what it can do. Read whole, since it comes once.</summary>
public sealed record HelloFrame
{
    private const WireFeatures Known = WireFeatures.SharedMemory;

    /// <summary>Which side sent it.</summary>
    public required PeerRole Role { get; init; }

    /// <summary>The minor version of the frames; the lower of both is spoken.</summary>
    public int Minor { get; init; } = FrameLayout.Minor;

    /// <summary>What it can use.</summary>
    public WireFeatures Offered { get; init; }

    /// <summary>Without what it does not talk; a subset of <see cref="Offered"/>.</summary>
    public WireFeatures Required { get; init; }

    /// <summary>The longest frame that it accepts.</summary>
    public int MaxFrameBytes { get; init; } = WireLimits.MaxFrameBytes;

    /// <summary>A listener's: how many requests may be open on the connection. A client's: 0.</summary>
    public int MaxRequests { get; init; }

    /// <summary>A listener's: what its engine can do, as bits. A client's: 0.</summary>
    public ulong Capabilities { get; init; }

    /// <summary>What is no number.</summary>
    public HelloContent Content { get; init; } = new();

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="hello">The frame; null when there is a fault.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, PeerRole sender, out HelloFrame? hello)
    {
        hello = null;
        if (CheckVersion(frame) is { } foreign)
        {
            return foreign;
        }

        if (CheckFields(frame, sender) is { } wrong)
        {
            return wrong;
        }

        uint jsonBytes = Field.U32(frame, FrameLayout.Hello.JsonBytes);
        if (jsonBytes > WireLimits.MaxHelloBytes)
        {
            return FrameFault.Limit("HELLO has JSON over its limit.");
        }

        if (Sections.Read(frame, FrameLayout.Hello.Size, jsonBytes, out Sections sections) is { } fault)
        {
            return fault;
        }

        if (!WireJson.TryRead(sections.Bytes(jsonBytes), WireJson.Lenient.HelloContent, out HelloContent? content))
        {
            return FrameFault.Protocol("HELLO has JSON that is none, or a member of another type.");
        }

        if (content?.Token is { } token && Encoding.UTF8.GetByteCount(token) > WireLimits.MaxBearerBytes)
        {
            return FrameFault.Limit("HELLO has a token over its limit.");
        }

        hello = new HelloFrame
        {
            Role = sender,
            Minor = Field.U16(frame, FrameLayout.Hello.Minor),
            Offered = (WireFeatures)Field.U64(frame, FrameLayout.Hello.Offered),
            Required = (WireFeatures)Field.U64(frame, FrameLayout.Hello.Required),
            MaxFrameBytes = Field.I32(frame, FrameLayout.Hello.MaxFrameBytes),
            MaxRequests = Field.I32(frame, FrameLayout.Hello.MaxRequests),
            Capabilities = Field.U64(frame, FrameLayout.Hello.Capabilities),
            Content = content ?? new HelloContent(),
        };
        return null;
    }

    /// <summary>Writes it.</summary>
    /// <param name="output">Where to.</param>
    /// <exception cref="BridgeException">Its JSON does not fit.</exception>
    public void Write(IBufferWriter<byte> output)
    {
        byte[] json = WireJson.Write(Content, WireJson.Lenient.HelloContent);
        if (FrameLayout.Hello.Size + json.Length > WireLimits.MaxHelloBytes)
        {
            throw new BridgeException(BridgeFailure.LimitExceeded, FailureStage.Connect,
                $"HELLO would have {json.Length} bytes of JSON; serve fewer models over one listener.");
        }

        Span<byte> frame = FrameStart.Begin(output, FrameType.Hello, 0, FrameLayout.Hello.Size, json.Length);
        Field.Put(frame, FrameLayout.Hello.Magic, FrameLayout.Magic);
        Field.Put(frame, FrameLayout.Hello.Major, FrameLayout.Major);
        Field.Put(frame, FrameLayout.Hello.Minor, (ushort)Minor);
        frame[FrameLayout.Hello.Role] = (byte)Role;
        Field.Put(frame, FrameLayout.Hello.Offered, (ulong)Offered);
        Field.Put(frame, FrameLayout.Hello.Required, (ulong)Required);
        Field.Put(frame, FrameLayout.Hello.MaxFrameBytes, MaxFrameBytes);
        Field.Put(frame, FrameLayout.Hello.MaxRequests, MaxRequests);
        Field.Put(frame, FrameLayout.Hello.Capabilities, Capabilities);
        Field.Put(frame, FrameLayout.Hello.JsonBytes, (uint)json.Length);
        json.CopyTo(frame[FrameLayout.Hello.Size..]);
        output.Advance(frame.Length);
    }

    // These places are the same in every version, so that a foreign one can be told what it met.
    private static FrameFault? CheckVersion(ReadOnlySpan<byte> frame)
    {
        if (Field.U64(frame, FrameLayout.Hello.Magic) != FrameLayout.Magic)
        {
            return FrameFault.Protocol("The peer does not speak ThemisBridge's frames.");
        }

        int major = Field.U16(frame, FrameLayout.Hello.Major);
        return major == FrameLayout.Major ? null : FrameFault.Protocol(
            $"The peer speaks version {major} of the frames and this side version {FrameLayout.Major}. Update the older one.");
    }

    private static FrameFault? CheckFields(ReadOnlySpan<byte> frame, PeerRole sender)
    {
        ulong offered = Field.U64(frame, FrameLayout.Hello.Offered);
        ulong required = Field.U64(frame, FrameLayout.Hello.Required);
        uint maxFrame = Field.U32(frame, FrameLayout.Hello.MaxFrameBytes);
        uint maxRequests = Field.U32(frame, FrameLayout.Hello.MaxRequests);
        if (frame[FrameLayout.Hello.Role] != (byte)sender || frame[FrameLayout.Hello.Reserved0] != 0
            || Field.U16(frame, FrameLayout.Hello.Reserved1) != 0 || Field.U32(frame, FrameLayout.Hello.Reserved2) != 0)
        {
            return FrameFault.Protocol("HELLO has the wrong role, or a reserved field that is not zero.");
        }

        if (maxFrame is < WireLimits.MinFrameLimit or > WireLimits.MaxFrameBytes
            || maxFrame % FrameLayout.Alignment != 0)
        {
            return FrameFault.Protocol("HELLO states a limit of frames that is out of range.");
        }

        bool isListener = sender == PeerRole.Listener;
        if (isListener ? maxRequests is 0 or > WireLimits.MaxRequests
            : maxRequests != 0 || Field.U64(frame, FrameLayout.Hello.Capabilities) != 0)
        {
            return FrameFault.Protocol("HELLO states a number of requests or capabilities that its role cannot have.");
        }

        return (required & ~(offered & (ulong)Known)) == 0 ? null : FrameFault.Protocol(
            "The peer requires a feature that this side does not know, or that it does not offer itself.");
    }
}
