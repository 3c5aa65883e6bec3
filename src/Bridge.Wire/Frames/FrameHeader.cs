using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>The eight bytes that every frame starts with.</summary>
public readonly struct FrameHeader
{
    /// <summary>Its size in bytes.</summary>
    public const int Size = FrameLayout.Header.Size;

    private FrameHeader(int length, FrameType type, byte flags)
    {
        Length = length;
        Type = type;
        Flags = flags;
    }

    /// <summary>Length of the whole frame in bytes.</summary>
    public int Length { get; }

    /// <summary>The frame's type.</summary>
    public FrameType Type { get; }

    /// <summary>The type's flags, all of them known.</summary>
    public byte Flags { get; }

    // By type: smallest length, known flags, who may send it (1 client, 2 listener, 3 both).
    private static ReadOnlySpan<byte> Sizes =>
    [
        0, FrameLayout.Hello.Size, FrameLayout.Upgrade.Size, FrameLayout.Request.Size, FrameLayout.Accepted.Size,
        FrameLayout.Step.Size, FrameLayout.Result.Size, FrameLayout.End.Size, FrameLayout.Error.Size,
        FrameLayout.Cancel.Size, FrameLayout.Credit.Size, FrameLayout.Ping.Size, FrameLayout.Pong.Size,
        FrameLayout.Admin.Size, FrameLayout.GoAway.Size,
    ];

    private static ReadOnlySpan<byte> KnownFlags => [0, 0, 0, 0, 1, 15, 0, 15, 1, 0, 0, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> Senders => [0, 3, 3, 1, 2, 2, 2, 2, 3, 1, 1, 3, 3, 1, 2];

    /// <summary>Reads and checks a header. Null when it is right.</summary>
    /// <param name="bytes">At least <see cref="Size"/> bytes.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="maxFrameBytes">The longest frame that the reader accepts.</param>
    /// <param name="header">The header; without meaning when there is a fault.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> bytes, PeerRole sender, int maxFrameBytes, out FrameHeader header)
    {
        uint length = Field.U32(bytes, FrameLayout.Header.Length);
        byte type = bytes[FrameLayout.Header.Type];
        byte flags = bytes[FrameLayout.Header.Flags];
        header = new FrameHeader((int)length, (FrameType)type, flags);
        if (length > (uint)maxFrameBytes)
        {
            return FrameFault.Limit("A frame is longer than this side accepts.");
        }

        if (type == 0 || type >= Sizes.Length)
        {
            return FrameFault.Protocol("A frame has an unknown type.");
        }

        if (length > LimitOf((FrameType)type))
        {
            return FrameFault.Limit("A HELLO or UPGRADE is longer than its limit.");
        }

        if (length % FrameLayout.Alignment != 0 || length < Sizes[type])
        {
            return FrameFault.Protocol("A frame has a length that its type cannot have.");
        }

        if ((Senders[type] & (int)sender) == 0)
        {
            return FrameFault.Protocol("A frame came from the side that does not send its type.");
        }

        return (flags & ~KnownFlags[type]) != 0 || Field.U16(bytes, FrameLayout.Header.Reserved) != 0
            ? FrameFault.Protocol("A header has an unknown flag or a reserved field that is not zero.")
            : null;
    }

    private static uint LimitOf(FrameType type) => type switch
    {
        FrameType.Hello => WireLimits.MaxHelloBytes,
        FrameType.Upgrade => WireLimits.MaxUpgradeBytes,
        _ => uint.MaxValue,
    };
}
