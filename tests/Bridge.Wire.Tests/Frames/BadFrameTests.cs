using System.Buffers;
using System.Text.Json;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Frames;

public sealed class BadFrameTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> Vectors = WireFiles.Vectors("frames.fail");

    public static TheoryData<string> Names => WireFiles.Names("frames.fail");

    [Theory]
    [MemberData(nameof(Names))]
    public void Vector_is_refused_with_its_failure(string name)
    {
        JsonElement vector = Vectors[name];
        byte[] bytes = WireFiles.Bytes(vector);
        PeerRole sender = vector.GetProperty("from").GetString() == "client" ? PeerRole.Client : PeerRole.Listener;
        using var reader = new FrameReader(sender, WireLimits.MaxFrameBytes);
        var received = new ReadOnlySequence<byte>(bytes);

        FrameFault? fault = reader.TryRead(ref received, out _, out ReadOnlySpan<byte> frame);
        string failure = "connection_lost";
        if (fault is not null || !frame.IsEmpty)
        {
            fault ??= FrameEcho.Run(frame, sender, out _, out _);
            Assert.True(fault is not null, "the frame was accepted");
            failure = FrameFields.Word(fault.Failure);
        }

        Assert.Equal(vector.GetProperty("failure").GetString(), failure);
        Assert.Equal(vector.GetProperty("scope").GetString(), fault is { EndsConnection: false } ? "request" : "connection");
    }

    [Fact]
    public void Reasons_are_never_what_the_peer_wrote()
    {
        byte[] bytes = WireFiles.Bytes(Vectors["request-json-unknown-member"]);
        FrameFault fault = FrameEcho.Run(bytes, PeerRole.Client, out _, out _)!;
        Assert.Equal(BridgeFailure.UnsupportedOption, fault.Failure);
        Assert.Equal("beam_width", fault.Parameter);
    }
}
