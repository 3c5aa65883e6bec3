namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>Where everything lies in a segment: FRAMING.md section 8, layout.json.</summary>
internal static class SegmentLayout
{
    /// <summary>The ASCII letters THEMSHM1.</summary>
    public const ulong Magic = 0x314D48534D454854;

    public const int Major = 1;
    public const int Minor = 0;

    public const int HeaderSize = 4096;
    public const int MagicAt = 0;
    public const int MajorAt = 8;
    public const int MinorAt = 10;
    public const int RingBytesAt = 12;
    public const int SegmentBytesAt = 16;
    public const int ListenerNonceAt = 24;
    public const int ClientNonceAt = 40;
    public const int NonceSize = 16;

    public const int ToListenerAt = 4096;
    public const int ToClientAt = 8192;
    public const int ControlSize = 4096;
    public const int TailAt = 0;
    public const int HeadAt = 128;
    public const int SpaceWantedAt = 256;
    public const int BellAt = 384;

    public const int DataAt = 12288;

    public const int OfferSize = 16;
    public const int AcceptSize = 32;

    public const int MinRingBytes = 64 * 1024;
    public const int MaxRingBytes = 64 * 1024 * 1024;
    public const int RingAlignment = 8;

    /// <summary>How long a side sleeps at most before it looks again by itself.</summary>
    public const int ParkMilliseconds = 1000;

    /// <summary>The size of a segment with rings of a size.</summary>
    public static long SegmentBytes(int ringBytes) => DataAt + (2L * ringBytes);

    /// <summary>Whether rings may have this size.</summary>
    public static bool IsRingSize(uint bytes) =>
        bytes is >= MinRingBytes and <= MaxRingBytes && System.Numerics.BitOperations.IsPow2(bytes);
}
