using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>Who asked, and over what, can be told on both sides.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class TelemetryConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Fact]
    public async Task Request_id_and_trace_reach_the_engine()
    {
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        InferenceRequest asked = Request() with { RequestId = "r-7-2", TraceParent = trace };
        await CompleteAsync(Backend, asked);
        InferenceRequest seen = Assert.Single(Engine.Requests);
        Assert.Equal((Harness.AsSeen(asked).RequestId, trace), (seen.RequestId, seen.TraceParent));
    }

    [Fact]
    public async Task Descriptor_tells_kind_features_and_models_once_they_are_known()
    {
        Engine.Descriptor = Engine.Descriptor with
        {
            Models = [new ModelDescriptor("m")
                { MaxContextTokens = 4096, Defaults = new SamplingOptions { Temperature = 0.5, TopK = 7 } }],
        };
        await Harness.DescribeAnewAsync();
        await Backend.ProbeAsync(Ending);
        BackendDescriptor seen = Backend.Descriptor;
        Assert.Equal(Harness.Kind, seen.Kind);
        BackendDescriptor told = Harness.AsTold(Engine.Descriptor);
        Assert.Equal(told.Capabilities.Features, seen.Capabilities.Features);
        ModelDescriptor model = Assert.Single(seen.Models);
        Assert.Equal(("m", 4096), (model.Name, model.MaxContextTokens));
        SamplingOptions? defaults = told.Models[0].Defaults;
        Assert.Equal(
            (defaults?.Temperature, defaults?.TopK), (model.Defaults?.Temperature, model.Defaults?.TopK));
    }

    [Fact]
    public async Task Failure_names_its_backend_and_never_its_address()
    {
        Engine.Answer = (_, _) =>
            Chunks.ThenFail(0, new BridgeException(BridgeFailure.EngineFailed, FailureStage.Prefill, "told"));
        BridgeException failure = await FailureOf(Backend, Request());
        Assert.Equal(Backend.Descriptor.Id, failure.Backend);
        BridgeException nobody = await FailureOf(Harness.ConnectToNobody(), Request());
        Assert.DoesNotContain("/", nobody.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Budgets_reach_the_engine_as_what_is_left()
    {
        Assert.SkipWhen(Harness.CannotSendBudgets is not null, Harness.CannotSendBudgets ?? "");
        await CompleteAsync(Backend, Request() with
        {
            Deadlines = new DeadlineBudgets { Total = TimeSpan.FromMinutes(2), FirstToken = TimeSpan.FromMinutes(1) },
        });
        DeadlineBudgets seen = Assert.Single(Engine.Requests).Deadlines;
        Assert.InRange(seen.Total!.Value, TimeSpan.FromSeconds(90), TimeSpan.FromMinutes(2));
        Assert.InRange(seen.FirstToken!.Value, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1));
    }
}
