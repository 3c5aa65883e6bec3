using System.Text.Json;
using System.Text.Json.Nodes;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Frames;

public sealed class GoodFrameTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> Vectors = WireFiles.Vectors("frames");

    public static TheoryData<string> Names => WireFiles.Names("frames");

    [Theory]
    [MemberData(nameof(Names))]
    public void Vector_reads_as_its_fields_and_writes_as_its_bytes(string name)
    {
        JsonElement vector = Vectors[name];
        byte[] bytes = WireFiles.Bytes(vector);
        PeerRole sender = vector.GetProperty("from").GetString() == "client" ? PeerRole.Client : PeerRole.Listener;

        FrameFault? fault = FrameEcho.Run(bytes, sender, out JsonObject? fields, out byte[] again);

        Assert.Null(fault?.Reason);
        AssertSame(vector.GetProperty("frame"), fields!);
        if (!vector.TryGetProperty("read_only", out _))
        {
            Assert.Equal(Convert.ToHexStringLower(bytes), Convert.ToHexStringLower(again));
        }
    }

    [Fact]
    public void Every_type_of_frame_has_a_vector() =>
        Assert.Equal(
            WireFiles.Layout["frames"]!.AsObject().Select(pair => pair.Key).Order(),
            Vectors.Values.Select(vector => vector.GetProperty("frame").GetProperty("type").GetString()!).Distinct().Order());

    // Empty lists and what a later version adds to the JSON of HELLO say nothing.
    private static void AssertSame(JsonElement expected, JsonObject actual)
    {
        using JsonDocument read = JsonDocument.Parse(actual.ToJsonString());
        JsonObject wanted = JsonNode.Parse(expected.GetRawText())!.AsObject();
        if (wanted["json"] is JsonObject json && json.ContainsKey("later"))
        {
            wanted.Remove("json");
        }

        if (wanted["type"]!.GetValue<string>() == "request" && wanted["options"] is JsonArray { Count: 0 })
        {
            wanted.Remove("options");
        }

        using JsonDocument given = JsonDocument.Parse(wanted.ToJsonString());
        Assert.True(JsonElement.DeepEquals(given.RootElement, read.RootElement), $"{wanted}\n{actual}");
    }
}
