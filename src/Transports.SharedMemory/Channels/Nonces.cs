using System.Security.Cryptography;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Channels;

/// <summary>The proof that both sides see the same memory.</summary>
internal static class Nonces
{
    /// <summary>The client's: what stands in the memory, and what it has written there.</summary>
    /// <returns>The body of accept.</returns>
    public static byte[] Show(Segment segment)
    {
        byte[] body = new byte[SegmentLayout.AcceptSize];
        segment.Nonce(PeerRole.Listener).CopyTo(body);
        Span<byte> own = body.AsSpan(SegmentLayout.NonceSize);
        RandomNumberGenerator.Fill(own);
        own.CopyTo(segment.Nonce(PeerRole.Client));
        return body;
    }

    /// <summary>The listener's look at the body of accept.</summary>
    public static bool AreOf(Segment segment, ReadOnlySpan<byte> body) =>
        body.Length == SegmentLayout.AcceptSize
        && body[..SegmentLayout.NonceSize].SequenceEqual(segment.Nonce(PeerRole.Listener))
        && body[SegmentLayout.NonceSize..].SequenceEqual(segment.Nonce(PeerRole.Client));
}
