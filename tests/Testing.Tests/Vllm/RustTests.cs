using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>The second dialect: every recorded exchange of vLLM's Rust front end is answered in its shape.</summary>
public sealed class RustTests(TinyEngine tiny)
{
    private static readonly Lazy<RecordingSet> Loaded =
        new(() => RecordingSet.FromArchive(Path.Combine(AppContext.BaseDirectory, "http-rust.tar.gz")));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Exchanges => [.. Loaded.Value.Select(exchange => exchange.Name)
        .Where(name => name is not "metrics")];

    [Theory]
    [MemberData(nameof(Exchanges))]
    public async Task Exchange_is_answered_in_the_recorded_shape(string name)
    {
        RecordedExchange exchange = Loaded.Value[name];
        IInferenceBackend backend = RecordedScript.Has(exchange) ? RecordedScript.Of(exchange) : tiny.Backend;
        await using VllmDouble server = VllmDouble.Start(backend, Options with
        {
            EnableScaleOut = name.Contains("enabled", StringComparison.Ordinal),
        });

        RawAnswer answer = await RawClient.AskAsync(server, exchange.Request, Token);

        var recorded = new RawAnswer(exchange.Response.Span);
        Assert.Equal(recorded.Status, answer.Status);
        Assert.Equal(recorded.HeaderShape, answer.HeaderShape);
        Assert.Equal(JsonShape.Of(recorded), JsonShape.Of(answer));
    }

    [Fact]
    public async Task Metrics_have_the_recorded_type_and_names()
    {
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, Options);

        RawAnswer answer = await RawClient.AskAsync(server, Loaded.Value["metrics"].Request, Token);

        var recorded = new RawAnswer(Loaded.Value["metrics"].Response.Span);
        Assert.Equal(recorded.HeaderShape, answer.HeaderShape);
        string[] names = [.. answer.Text.Split('\n').Where(line => line.StartsWith("# TYPE vllm:", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[2])];
        Assert.All(names, name => Assert.Contains(name, recorded.Text, StringComparison.Ordinal));
    }

    private static VllmDoubleOptions Options => new()
    {
        Dialect = VllmDialect.Rust,
        MaxModelLength = 512,
        // What the Rust front end counts: the model's rows, not the vocabulary's entries.
        VocabularySize = 1027,
        CacheEventsEndpoint = "tcp://127.0.0.1:8245",
        FindAdapter = _ => TinyEngine.German,
    };
}
