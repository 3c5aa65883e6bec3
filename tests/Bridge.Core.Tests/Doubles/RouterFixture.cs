using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using System.Diagnostics.Metrics;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Routing;
using ThemisBridge.Core.Telemetry;

namespace ThemisBridge.Core.Tests.Doubles;

/// <summary>A router over fake backends, one engine each, all on the route of "m", with a clock the test
/// moves.</summary>
internal sealed class RouterFixture : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public RouterFixture(params FakeBackend[] backends)
        : this(_ => { }, backends)
    {
    }

    public RouterFixture(Action<BridgeOptions> configure, params FakeBackend[] backends)
    {
        var options = new BridgeOptions();
        var ladders = new Dictionary<string, IReadOnlyList<BackendEntry>>();
        for (int i = 0; i < backends.Length; i++)
        {
            string engine = $"e{i}";
            options.Engines[engine] = new EngineOptions { Models = { ["m"] = $"served-{i}" } };
            ladders[engine] = [new BackendEntry(engine, backends[i], Time)];
        }

        options.Routes["m"] = [.. ladders.Keys];
        configure(options);
        Meters = _services.GetRequiredService<IMeterFactory>();
        Table = RouteTable.Build(options, ladders);
        Router = new BridgeRouter(Table, options, new BridgeMetrics(Meters), Time, Logger);
    }

    public FakeTimeProvider Time { get; } = new();

    public IMeterFactory Meters { get; }

    public FakeLogger<BridgeRouter> Logger { get; } = new();

    public RouteTable Table { get; }

    public BridgeRouter Router { get; }

    public static InferenceRequest Request { get; } = new()
    {
        Model = "m",
        Prompt = new TextPrompt("hi"),
        RequestId = "r",
    };

    public MetricCollector<T> Collect<T>(string name)
        where T : struct => new(Meters, TelemetryNames.Source, name);

    public void Dispose() => _services.Dispose();
}
