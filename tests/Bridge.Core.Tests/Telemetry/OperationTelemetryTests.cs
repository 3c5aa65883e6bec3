using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Tests.Doubles;

namespace ThemisBridge.Core.Tests.Telemetry;

public sealed class OperationTelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Success_measures_duration_first_chunk_tokens_and_attempt()
    {
        using var fixture = new RouterFixture(new FakeBackend());
        using MetricCollector<double> duration = fixture.Collect<double>("gen_ai.client.operation.duration");
        using MetricCollector<double> first = fixture.Collect<double>("gen_ai.client.operation.time_to_first_chunk");
        using MetricCollector<int> tokens = fixture.Collect<int>("gen_ai.client.token.usage");
        using MetricCollector<long> attempts = fixture.Collect<long>("themis_bridge.attempts");
        using MetricCollector<long> active = fixture.Collect<long>("themis_bridge.active_requests");

        await fixture.Router.CompleteAsync(RouterFixture.Request, Token);

        Assert.Equal("s", duration.Instrument!.Unit);
        CollectedMeasurement<double> whole = Assert.Single(duration.GetMeasurementSnapshot());
        Assert.Equal(("text_completion", "m", "themis_bridge"), (whole.Tags["gen_ai.operation.name"],
            whole.Tags["gen_ai.request.model"], whole.Tags["gen_ai.provider.name"]));
        Assert.DoesNotContain("error.type", whole.Tags.Keys);
        Assert.Single(first.GetMeasurementSnapshot());
        Assert.Equal([("input", 3), ("output", 2)],
            tokens.GetMeasurementSnapshot().Select(one => ((string)one.Tags["gen_ai.token.type"]!, one.Value)));
        CollectedMeasurement<long> attempt = Assert.Single(attempts.GetMeasurementSnapshot());
        Assert.Equal(("e0", "fake"), (attempt.Tags["themis_bridge.engine"], attempt.Tags["themis_bridge.transport"]));
        Assert.Equal([1, -1], active.GetMeasurementSnapshot().Select(one => one.Value));
    }

    [Fact]
    public async Task Failure_is_measured_under_its_cause_and_logged_without_the_prompt()
    {
        using var fixture = new RouterFixture(
            new FakeBackend((_, _) => Chunks.ThenFail(Chunks.Failure(BridgeFailure.Busy))));
        using MetricCollector<double> duration = fixture.Collect<double>("gen_ai.client.operation.duration");

        await Assert.ThrowsAsync<BridgeException>(() => fixture.Router.CompleteAsync(
            RouterFixture.Request with { Prompt = new TextPrompt("very secret") }, Token));

        Assert.Equal("Busy", Assert.Single(duration.GetMeasurementSnapshot()).Tags["error.type"]);
        Assert.Equal([1000, 1001], fixture.Logger.Collector.GetSnapshot().Select(record => record.Id.Id));
        Assert.All(fixture.Logger.Collector.GetSnapshot(),
            record => Assert.DoesNotContain("secret", record.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Caller_who_stops_reading_is_measured_as_cancelled()
    {
        using var fixture = new RouterFixture(new FakeBackend((_, _) => Chunks.Of("a", "b")));
        using MetricCollector<double> duration = fixture.Collect<double>("gen_ai.client.operation.duration");

        await foreach (InferenceChunk chunk in fixture.Router.GenerateAsync(RouterFixture.Request, Token))
        {
            break;
        }

        Assert.Equal("cancelled", Assert.Single(duration.GetMeasurementSnapshot()).Tags["error.type"]);
    }

    [Fact]
    public async Task Span_continues_the_callers_trace_and_reaches_the_engine()
    {
        var spans = new List<Activity>();
        string trace = ActivityTraceId.CreateRandom().ToHexString();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "ThemisBridge",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId.ToHexString() == trace)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var backend = new FakeBackend();
        using var fixture = new RouterFixture(
            new FakeBackend((_, _) => Chunks.ThenFail(Chunks.Failure(BridgeFailure.Busy))), backend);

        await fixture.Router.CompleteAsync(
            RouterFixture.Request with { TraceParent = $"00-{trace}-00f067aa0ba902b7-01" }, Token);

        Activity span = Assert.Single(spans);
        Assert.Equal(("text_completion m", "e1"), (span.DisplayName, span.GetTagItem("themis_bridge.engine")));
        Assert.Equal(["Busy", null],
            span.Events.Select(one => one.Tags.FirstOrDefault(tag => tag.Key == "error.type").Value));
        Assert.Equal(span.Id, Assert.Single(backend.Requests).TraceParent);
    }
}
