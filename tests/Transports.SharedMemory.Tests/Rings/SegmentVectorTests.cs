using System.Text.Json;
using System.Text.Json.Nodes;
using ThemisBridge.Transports.SharedMemory.Rings;

namespace ThemisBridge.Transports.SharedMemory.Tests.Rings;

/// <summary>Numbers, headers and offers are those of protos/wire.</summary>
public sealed class SegmentVectorTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> Vectors = WireVectors.Of("segments");

    public static TheoryData<string> Names => [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Offer_and_header_are_taken_or_refused_as_the_vector_says(string name)
    {
        JsonElement vector = Vectors[name];
        string? fault = SegmentHeader.ReadOffer(Bytes(vector, "offer"), out int ringBytes)
            ?? SegmentHeader.FaultOf(Bytes(vector, "header"), ringBytes);
        Assert.Equal(vector.GetProperty("accepted").GetBoolean(), fault is null);
    }

    [Fact]
    public void What_is_written_is_the_smallest_vector()
    {
        JsonElement vector = Vectors["smallest"];
        byte[] header = new byte[SegmentLayout.HeaderSize];
        SegmentHeader.Write(header, SegmentLayout.MinRingBytes);
        byte[] expected = Bytes(vector, "header");
        expected.AsSpan(SegmentLayout.ListenerNonceAt, SegmentLayout.NonceSize).Clear();
        Assert.Equal(expected, header[..expected.Length]);
        Assert.Equal(Bytes(vector, "offer"), SegmentHeader.Offer(SegmentLayout.MinRingBytes));
    }

    [Fact]
    public void Numbers_are_those_of_the_layout_file()
    {
        JsonObject header = WireVectors.Segment["header"]!["fields"]!.AsObject();
        JsonObject control = WireVectors.Segment["control"]!.AsObject();
        JsonObject limits = WireVectors.Segment["limits"]!.AsObject();
        int At(string field) => (int)header[field]![1]!;
        int In(string field) => (int)control["fields"]![field]![1]!;
        Assert.Equal(SegmentLayout.Magic, BitConverter.ToUInt64("THEMSHM1"u8));
        Assert.Equal(
            [At("magic"), At("major"), At("minor"), At("ring_bytes"), At("segment_bytes"), At("listener_nonce"),
                At("client_nonce")],
            new[]
            {
                SegmentLayout.MagicAt, SegmentLayout.MajorAt, SegmentLayout.MinorAt, SegmentLayout.RingBytesAt,
                SegmentLayout.SegmentBytesAt, SegmentLayout.ListenerNonceAt, SegmentLayout.ClientNonceAt,
            });
        Assert.Equal(
            [In("tail"), In("head"), In("space_wanted"), In("bell"), (int)control["to_listener"]!,
                (int)control["to_client"]!, (int)control["size"]!, (int)WireVectors.Segment["data"]!["at"]!],
            new[]
            {
                SegmentLayout.TailAt, SegmentLayout.HeadAt, SegmentLayout.SpaceWantedAt, SegmentLayout.BellAt,
                SegmentLayout.ToListenerAt, SegmentLayout.ToClientAt, SegmentLayout.ControlSize, SegmentLayout.DataAt,
            });
        Assert.Equal(
            [(int)limits["min_ring_bytes"]!, (int)limits["max_ring_bytes"]!, (int)limits["ring_alignment"]!,
                (int)limits["park_ms"]!],
            new[]
            {
                SegmentLayout.MinRingBytes, SegmentLayout.MaxRingBytes, SegmentLayout.RingAlignment,
                SegmentLayout.ParkMilliseconds,
            });
    }

    private static byte[] Bytes(JsonElement vector, string member) =>
        Convert.FromHexString(vector.GetProperty(member).GetString()!);
}
