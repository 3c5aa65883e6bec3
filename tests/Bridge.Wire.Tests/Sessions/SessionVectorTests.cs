using System.Text.Json;
using System.Text.Json.Nodes;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Sessions;

public sealed class SessionVectorTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> Vectors = WireFiles.Vectors("sessions");

    public static TheoryData<string> ClientNames => [.. NamesFor("client")];

    public static TheoryData<string> ListenerNames => [.. NamesFor("listener")];

    [Theory]
    [MemberData(nameof(ClientNames))]
    public void Client_comes_to_the_outcome(string name)
    {
        JsonElement vector = Vectors[name];
        var script = new ClientScript();
        FrameFault? fault = Play(vector, "client", script.Send, script.Receive);
        AssertVerdict(vector, "listener", fault);
        if (vector.TryGetProperty("eof", out _))
        {
            script.EndOfFile();
        }

        if (vector.TryGetProperty("outcome", out JsonElement outcome))
        {
            var all = new JsonArray([.. script.Outcome.Select(one => (JsonNode)one)]);
            using JsonDocument actual = JsonDocument.Parse(all.ToJsonString());
            Assert.True(JsonElement.DeepEquals(outcome, actual.RootElement), $"{outcome}\n{all}");
        }
    }

    [Theory]
    [MemberData(nameof(ListenerNames))]
    public void Listener_agrees_with_every_step(string name)
    {
        JsonElement vector = Vectors[name];
        var script = new ListenerScript();
        AssertVerdict(vector, "client", Play(vector, "listener", script.Send, script.Receive));
    }

    // A violation is for its receiver to see; its sender cannot play it.
    private static IEnumerable<string> NamesFor(string role) =>
        from vector in Vectors
        where !vector.Value.TryGetProperty("only", out JsonElement only) || only.GetString() == role
        where !vector.Value.TryGetProperty("violation", out _) || LastSender(vector.Value) != role
        select vector.Key;

    private static string LastSender(JsonElement vector) => Sender(vector.GetProperty("steps").EnumerateArray().Last());

    private static string Sender(JsonElement step) => step.GetProperty("from").GetString()!;

    private static FrameFault? Play(
        JsonElement vector, string role, Action<byte[]> send, Func<byte[], FrameFault?> receive)
    {
        JsonElement[] steps = [.. vector.GetProperty("steps").EnumerateArray()];
        foreach ((int i, JsonElement step) in steps.Index())
        {
            if (Sender(step) == role)
            {
                send(WireFiles.Bytes(step));
            }
            else if (receive(WireFiles.Bytes(step)) is { } fault)
            {
                Assert.True(i == steps.Length - 1, $"step {i} was refused: {fault.Reason}");
                return fault;
            }
        }

        return null;
    }

    private static void AssertVerdict(JsonElement vector, string sender, FrameFault? fault)
    {
        bool isViolation = vector.TryGetProperty("violation", out JsonElement violation)
            && LastSender(vector) == sender;
        Assert.Equal(isViolation ? violation.GetProperty("failure").GetString() : null,
            fault is null ? null : FrameFields.Word(fault.Failure));
    }
}
