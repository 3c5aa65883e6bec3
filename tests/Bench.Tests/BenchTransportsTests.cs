using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using NJsonSchema;
using Spectre.Console.Testing;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests;

[Collection(MachineTests.Name)]
public sealed class BenchTransportsTests : IDisposable
{
    private static readonly TimeSpan Cost = TimeSpan.FromMicroseconds(250);
    private static readonly TimeSpan Bare = TimeSpan.FromMicroseconds(100);

    private readonly FakeTimeProvider _clock = new();
    private readonly ScratchDirectory _directory = new();
    private readonly TestConsole _console = new() { Profile = { Width = 200 } };

    public void Dispose()
    {
        _console.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Known_delay_is_measured_exactly_and_compared()
    {
        var (code, report) = await RunAsync(new TestScenario("known")
        {
            Baseline = new KnownCost(_clock, Bare),
            Ours = new KnownCost(_clock, Cost),
            Target = Target.RatioAtMost(2.5),
        });

        Assert.Equal(BenchTransports.Success, code);
        Assert.False(report.GetProperty("void").GetBoolean());
        var result = report.GetProperty("results")[0];
        Assert.Equal("ok", result.GetProperty("status").GetString());
        Assert.Equal(250, result.GetProperty("value").GetDouble());
        Assert.Equal(250, result.GetProperty("p99").GetDouble());
        Assert.Equal(100, result.GetProperty("baseline_value").GetDouble());
        Assert.Equal(2.5, result.GetProperty("ratio").GetDouble());
        Assert.Equal([2.5, 2.5], result.GetProperty("ci95").EnumerateArray().Select(end => end.GetDouble()));
        Assert.Equal(1, result.GetProperty("self_ratio").GetDouble());
        Assert.True(result.GetProperty("met").GetBoolean());
        Assert.Equal(8, result.GetProperty("blocks").GetInt32());
    }

    [Fact]
    public async Task Missed_target_is_in_the_report_and_no_error()
    {
        var (code, report) = await RunAsync(new TestScenario("slow")
        {
            Baseline = new KnownCost(_clock, Bare),
            Ours = new KnownCost(_clock, Cost),
            Target = Target.RatioAtMost(2.4),
        });

        Assert.Equal(BenchTransports.Success, code);
        Assert.False(report.GetProperty("results")[0].GetProperty("met").GetBoolean());
    }

    [Fact]
    public async Task Failed_check_keeps_the_target_from_being_met()
    {
        var (_, report) = await RunAsync(new TestScenario("leaky")
        {
            Ours = new KnownCost(_clock, Cost),
            Target = Target.ValueAtMost(300, "µs"),
            Checks = [new ScenarioCheck(false, "48 bytes allocated per token")],
        });

        var result = report.GetProperty("results")[0];
        Assert.False(result.GetProperty("met").GetBoolean());
        Assert.Equal(JsonValueKind.Null, result.GetProperty("ratio").ValueKind);
        Assert.Contains("48 bytes", result.GetProperty("notes").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Baseline_whose_second_role_differs_makes_the_run_void_and_says_why()
    {
        var (code, report) = await RunAsync(new TestScenario("uneven")
        {
            Baseline = new KnownCost(_clock, Bare, Bare * 1.1),
            Ours = new KnownCost(_clock, Cost),
            Target = Target.RatioAtMost(100),
        });

        Assert.Equal(BenchTransports.VoidRun, code);
        Assert.True(report.GetProperty("void").GetBoolean());
        Assert.Contains(
            "uneven (single): the baseline against itself gives 1.100",
            report.GetProperty("void_reasons")[0].GetString(), StringComparison.Ordinal);
        var result = report.GetProperty("results")[0];
        Assert.Equal("void", result.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, result.GetProperty("met").ValueKind);
        Assert.Contains("This run is void", _console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_is_valid_against_the_documented_schema()
    {
        var (_, report) = await RunAsync(
            new TestScenario("known") { Baseline = new KnownCost(_clock, Bare), Ours = new KnownCost(_clock, Cost) },
            new TestScenario("uneven") { Baseline = new KnownCost(_clock, Bare, Cost) },
            new TestScenario("value") { Ours = new KnownCost(_clock, Cost), Target = Target.ValueAtMost(1, "µs") },
            new TestScenario("broken") { Baseline = new BrokenSubject(new IOException("made to break")) },
            new TestScenario("absent") { Baseline = new BrokenSubject(new SkippedException("not here")) });

        Assert.Equal(
            ["ok", "void", "ok", "failed", "skipped"],
            report.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("status").GetString()));
        var schema = await JsonSchema.FromFileAsync(
            RepositoryFile.Find("docs/bench-schema.json"), TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate(report.GetRawText()));
        AssertDocumented(report, schema);
        AssertDocumented(report.GetProperty("machine"), schema.Properties["machine"].ActualSchema);
        var row = schema.Properties["results"].ActualSchema.Item!.ActualSchema;
        AssertDocumented(report.GetProperty("results")[0], row);
    }

    [Theory]
    [InlineData("\"void\": false", "\"void\": \"no\"")]
    [InlineData("\"status\": \"ok\"", "\"status\": \"fine\"")]
    [InlineData("\"schema\": 1", "\"schema\": 2")]
    [InlineData("\"steal_percent\"", "\"steal\"")]
    public async Task Schema_refuses_a_report_that_is_wrong(string right, string wrong)
    {
        var (_, report) = await RunAsync(new TestScenario("known") { Baseline = new KnownCost(_clock, Bare) });
        var text = report.GetRawText();
        Assert.Contains(right, text, StringComparison.Ordinal);

        var schema = await JsonSchema.FromFileAsync(
            RepositoryFile.Find("docs/bench-schema.json"), TestContext.Current.CancellationToken);

        Assert.NotEmpty(schema.Validate(text.Replace(right, wrong, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Failed_row_does_not_stop_the_others()
    {
        var (code, report) = await RunAsync(
            new TestScenario("broken") { Baseline = new BrokenSubject(new IOException("made to break")) },
            new TestScenario("known") { Baseline = new KnownCost(_clock, Bare) });

        Assert.Equal(BenchTransports.SomeFailed, code);
        var results = report.GetProperty("results");
        Assert.Contains("made to break", results[0].GetProperty("notes").GetString(), StringComparison.Ordinal);
        Assert.Equal(100, results[1].GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task Samples_file_holds_every_counted_operation()
    {
        await RunAsync(new TestScenario("known")
        {
            Baseline = new KnownCost(_clock, Bare),
            Ours = new KnownCost(_clock, Cost),
        });

        var blocks = await SampleLines.ReadAsync(_directory.File("report.json") + BenchOptions.SamplesSuffix);
        Assert.Equal(3 * 8, blocks.Count);
        Assert.Equal("baseline", blocks[0].GetProperty("role").GetString());
        Assert.Equal("single", blocks[0].GetProperty("placement").GetString());
        Assert.All(
            blocks.Where(block => block.GetProperty("role").GetString() == "ours"),
            block => Assert.Equal(
                Enumerable.Repeat(250.0, 400),
                block.GetProperty("samples").EnumerateArray().Select(sample => sample.GetDouble())));
    }

    [Fact]
    public async Task Selected_scenarios_alone_are_run()
    {
        var options = Options() with { Only = ["SECOND"] };

        var (_, report) = await RunAsync(
            options,
            new TestScenario("first") { Baseline = new KnownCost(_clock, Bare) },
            new TestScenario("second") { Baseline = new KnownCost(_clock, Bare) });

        Assert.Equal("second", report.GetProperty("results").EnumerateArray().Single().GetProperty("id").GetString());
    }

    private BenchOptions Options() => new() { Quick = true, JsonPath = _directory.File("report.json") };

    private Task<(int Code, JsonElement Report)> RunAsync(params IScenario[] scenarios) =>
        RunAsync(Options(), scenarios);

    private async Task<(int Code, JsonElement Report)> RunAsync(BenchOptions options, params IScenario[] scenarios)
    {
        var code = await BenchTransports.RunAsync(
            options, scenarios, PeerHost.Current(), _console, _clock, TestContext.Current.CancellationToken);
        using var report = JsonDocument.Parse(
            await File.ReadAllTextAsync(options.JsonPath!, TestContext.Current.CancellationToken));
        return (code, report.RootElement.Clone());
    }

    private static void AssertDocumented(JsonElement value, JsonSchema schema) => Assert.All(
        value.EnumerateObject(),
        property => Assert.False(
            !schema.Properties.TryGetValue(property.Name, out var documented)
                || string.IsNullOrEmpty(documented.Description),
            property.Name));
}
