using System.Globalization;
using System.Text.Json;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.SharedMemory.Tests.Rings;

/// <summary>Both ends of a ring do what the traces say, step by step.</summary>
public sealed class RingTraceTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> Traces = WireVectors.Of("rings");

    public static TheoryData<string> Names => [.. Traces.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ring_follows_its_trace(string name)
    {
        JsonElement trace = Traces[name];
        using var ring = new RawRing(
            trace.GetProperty("ring_bytes").GetInt32(), trace.GetProperty("start").GetUInt64());
        foreach (JsonElement step in trace.GetProperty("steps").EnumerateArray())
        {
            switch (step.GetProperty("do").GetString())
            {
                case "write":
                    Assert.Null(ring.Writer.Write(Hex(step), out int taken));
                    Assert.Equal(step.GetProperty("taken").GetInt32(), taken);
                    break;
                case "read":
                    byte[] into = new byte[step.GetProperty("most").GetInt32()];
                    Assert.Null(ring.Reader.Look(out _));
                    Assert.Equal(Hex(step), into[..ring.Reader.Read(into)]);
                    break;
                default:
                    Refuse(ring, step);
                    continue;
            }

            Assert.Equal(step.GetProperty("tail").GetUInt64(), ring.Tail);
            Assert.Equal(step.GetProperty("head").GetUInt64(), ring.Head);
        }

        Assert.Equal(Convert.FromHexString(trace.GetProperty("data").GetString()!), ring.Data.ToArray());
    }

    private static void Refuse(RawRing ring, JsonElement step)
    {
        ulong value = ulong.Parse(step.GetProperty("value").GetString()!, CultureInfo.InvariantCulture);
        FrameFault? fault;
        if (step.GetProperty("index").GetString() == "tail")
        {
            ring.Tail = value;
            fault = ring.Reader.Look(out int available);
            Assert.Equal(0, available);
        }
        else
        {
            ring.Head = value;
            fault = ring.Writer.Write(new byte[ring.Size], out int taken);
            Assert.Equal(0, taken);
        }

        Assert.Equal(BridgeFailure.ProtocolViolation, fault?.Failure);
    }

    private static byte[] Hex(JsonElement step) => Convert.FromHexString(step.GetProperty("hex").GetString()!);
}
