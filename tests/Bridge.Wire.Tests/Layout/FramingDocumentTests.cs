using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Layout;

/// <summary>The tables of FRAMING.md say what layout.json says.</summary>
public sealed partial class FramingDocumentTests
{
    private static readonly string Document = WireFiles.Read("FRAMING.md");

    public static TheoryData<string> Tabled =>
        ["hello", "upgrade", "request", "accepted", "step", "result", "end", "error", "admin", "goaway"];

    [Theory]
    [MemberData(nameof(Tabled))]
    public void Fields_of_a_frame_stand_in_its_table(string frame)
    {
        JsonObject spec = WireFiles.Layout["frames"]![frame]!.AsObject();
        string section = Document.Split("\n### ").Single(
            part => part.StartsWith(frame.ToUpperInvariant() + "\n", StringComparison.Ordinal));
        var told = Row().Matches(section).ToDictionary(
            row => row.Groups["field"].Value, row => (row.Groups["type"].Value, row.Groups["offset"].Value));
        var expected = spec["fields"]!.AsObject().ToDictionary(
            pair => pair.Key, pair => ((string)pair.Value![0]!, pair.Value![1]!.ToString()));
        foreach ((string field, (string, string) place) in expected)
        {
            Assert.True(told.TryGetValue(field, out (string, string) found), $"{frame}.{field} is not in FRAMING.md");
            Assert.Equal(place, found);
        }
    }

    [Fact]
    public void Failure_codes_stand_in_the_table() =>
        Assert.All(WireFiles.Layout["values"]!["failure"]!.AsObject(),
            pair => Assert.Matches($"(\\b{pair.Value} {pair.Key}\\b|`{pair.Key}`)", Document));

    [Fact]
    public void Every_limit_is_named() =>
        Assert.All(
            WireFiles.Layout["limits"]!.AsObject(), pair => Assert.Contains(pair.Key, Document, StringComparison.Ordinal));

    [GeneratedRegex(@"^\| (?<offset>\d+) \| (?<type>[uif]\d+) \| (?<field>[a-z_0-9]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
