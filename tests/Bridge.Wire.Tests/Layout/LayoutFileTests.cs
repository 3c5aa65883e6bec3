using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Layout;

/// <summary>Every number of layout.json is the codec's, and the other way round.</summary>
public sealed class LayoutFileTests
{
    private static readonly JsonObject Values = WireFiles.Layout["values"]!.AsObject();
    private static readonly JsonObject Bits = WireFiles.Layout["bits"]!.AsObject();

    [Fact]
    public void Magic_and_version_are_those_of_the_file()
    {
        byte[] magic = System.Text.Encoding.ASCII.GetBytes(WireFiles.Layout["magic"]!.GetValue<string>());
        Assert.Equal(FrameLayout.Magic, BitConverter.ToUInt64(magic));
        Assert.Equal(FrameLayout.Major, (int)WireFiles.Layout["version"]!["major"]!);
        Assert.Equal(FrameLayout.Minor, (int)WireFiles.Layout["version"]!["minor"]!);
        Assert.Equal(FrameLayout.Alignment, (int)WireFiles.Layout["alignment"]!);
    }

    [Fact]
    public void Offsets_and_sizes_are_those_of_the_file()
    {
        var expected = new SortedDictionary<string, int>(StringComparer.Ordinal);
        Add(expected, "Header", WireFiles.Layout["header"]!.AsObject());
        foreach ((string frame, JsonNode? spec) in WireFiles.Layout["frames"]!.AsObject())
        {
            Add(expected, frame == "goaway" ? "GoAway" : Pascal(frame), spec!.AsObject());
        }

        var actual = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (Type type in typeof(FrameLayout).GetNestedTypes())
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Static))
            {
                actual[$"{type.Name}.{field.Name}"] = (int)field.GetRawConstantValue()!;
            }
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Limits_are_those_of_the_file()
    {
        var expected =
            WireFiles.Layout["limits"]!.AsObject().ToDictionary(pair => Pascal(pair.Key), pair => (int)pair.Value!);
        var actual =
            typeof(WireLimits).GetFields()
            .ToDictionary(field => field.Name, field => (int)field.GetRawConstantValue()!);
        Assert.Equal(expected.OrderBy(pair => pair.Key), actual.OrderBy(pair => pair.Key));
    }

    [Fact]
    public void Frame_types_are_those_of_the_file()
    {
        var expected = WireFiles.Layout["frames"]!.AsObject().ToDictionary(
            pair => pair.Key == "goaway" ? "GoAway" : Pascal(pair.Key), pair => (long)pair.Value!["type"]!);
        Assert.Equal(expected.OrderBy(pair => pair.Value), Named<FrameType>().OrderBy(pair => pair.Value));
    }

    [Fact]
    public void Values_are_those_of_the_file()
    {
        Dictionary<string, Dictionary<string, long>> known = new()
        {
            ["role"] = Named<PeerRole>(),
            ["upgrade_step"] = Named<UpgradeStep>(),
            ["upgrade_kind"] = Named<UpgradeKind>(),
            // Admin is the table's own word for a handle of an ADMIN frame.
            ["request_kind"] = Named<RequestKind>().Where(pair => pair.Key != "Admin").ToDictionary(),
            ["prompt"] = Named<PromptForm>(),
            ["result_kind"] = Named<ResultKind>(),
            ["finish"] = Named<FinishCode>(),
            ["stage"] = Named<StageCode>(),
            ["operation"] = Named<AdminOperation>(),
            ["failure"] = Named<FailureCode>(),
        };
        Assert.Equal(Values.Select(pair => pair.Key).Order(), known.Keys.Order());
        foreach ((string table, Dictionary<string, long> words) in known)
        {
            var expected = Values[table]!.AsObject().ToDictionary(pair => Pascal(pair.Key), pair => (long)pair.Value!);
            Assert.Equal(expected.OrderBy(pair => pair.Key), words.OrderBy(pair => pair.Key));
        }
    }

    [Fact]
    public void Bits_are_those_of_the_file()
    {
        AssertBits("feature", Named<WireFeatures>());
        AssertBits("options", Named<RequestBits>());
        AssertBits("given", Named<GivenFields>());
        var capabilities = CapabilityBits.Table.Index().ToDictionary(pair => $"{pair.Item}", pair => 1L << pair.Index);
        AssertBits("capability", capabilities);
    }

    [Fact]
    public void Step_flags_are_those_of_the_file()
    {
        var expected = WireFiles.Layout["frames"]!["step"]!["flags"]!.AsObject()
            .ToDictionary(pair => Pascal(pair.Key), pair => (long)pair.Value!);
        Assert.Equal(expected.OrderBy(pair => pair.Key),
            Named<StepColumns>().Where(pair => pair.Value != 0).OrderBy(pair => pair.Key));
    }

    [Fact]
    public void Every_backend_feature_has_a_capability_bit()
    {
        BackendFeatures all = Enum.GetValues<BackendFeatures>().Aggregate((left, right) => left | right);
        Assert.Equal(all, CapabilityBits.ToFeatures(CapabilityBits.Of(all)));
        Assert.Equal(BackendFeatures.None, CapabilityBits.ToFeatures(1UL << 60));
    }

    [Fact]
    public void Every_failure_stage_and_reason_survives_the_way_to_a_code_and_back()
    {
        Assert.All(
            Enum.GetValues<BridgeFailure>(), failure => Assert.Equal(failure, Codes.FailureOf(Codes.Of(failure))));
        Assert.All(Enum.GetValues<FailureStage>(), stage => Assert.Equal(stage, Codes.StageOf(Codes.Of(stage))));
        Assert.All(Enum.GetValues<FinishReason>(), reason => Assert.Equal(reason, Codes.ReasonOf(Codes.Of(reason))));
    }

    private static void AssertBits(string table, Dictionary<string, long> words)
    {
        var expected = Bits[table]!.AsObject().ToDictionary(pair => Pascal(pair.Key), pair => 1L << (int)pair.Value!);
        Assert.Equal(
            expected.OrderBy(pair => pair.Value), words.Where(pair => pair.Value != 0).OrderBy(pair => pair.Value));
    }

    private static Dictionary<string, long> Named<T>()
        where T : struct, Enum =>
        Enum.GetValues<T>().ToDictionary(
            value => value.ToString(), value => Convert.ToInt64(value, CultureInfo.InvariantCulture));

    private static void Add(SortedDictionary<string, int> into, string name, JsonObject spec)
    {
        into[$"{name}.Size"] = (int)spec["size"]!;
        foreach ((string field, JsonNode? place) in spec["fields"]!.AsObject())
        {
            into[$"{name}.{Pascal(field)}"] = (int)place![1]!;
        }
    }

    private static string Pascal(string name) =>
        string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
