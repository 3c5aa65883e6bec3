using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.EndToEnd.Tests.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.EndToEnd.Tests.Vllm;

/// <summary>An adapter brought over HTTP to the servers of a model while they run.</summary>
public sealed class AdapterTests(TinyDouble tiny) : IClassFixture<TinyDouble>
{
    private const string Path = "/adapters/german";
    private const string Name = "sprache";
    private const string Digest = "5b1cde";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Adapter_reaches_all_servers_of_a_model_outlives_a_restart_and_goes_again()
    {
        VllmDouble able = Start(0);
        await using VllmDouble unable = VllmDouble.Start(tiny.Native);
        await using ServiceProvider services = tiny.Bridge(able.Address, unable.Address);
        IAdapterRollout adapters = services.GetRequiredService<IAdapterRollout>();
        IThemisBridge bridge = services.GetRequiredService<IThemisBridge>();
        Expected expected = TinyModel.Questions[0];
        InferenceRequest asked = LibraryTests.Request(expected, german: true) with { Adapter = Name };

        AdapterReport report = await adapters.LoadAsync(
            new AdapterSource { Model = TinyModel.Name, Name = Name, PeftPath = Path, Digest = Digest }, Token);

        AdapterOutcome failed = Assert.Single(report.Failed);
        Assert.Equal(("vllm-1", BridgeFailure.UnsupportedOption), (failed.Engine, failed.Failure!.Failure));
        Assert.Equal([$"{Name}@{Digest}"], able.Adapters);
        Assert.Equal(expected.German, (await bridge.CompleteAsync(asked, Token)).Text);

        int port = able.Address.Port;
        await able.DisposeAsync();
        await using VllmDouble back = Start(port);
        Assert.Equal(expected.German, (await bridge.CompleteAsync(asked, Token)).Text);
        Assert.Single(back.Requests, request => request.Target == "/v1/load_lora_adapter");
        Assert.DoesNotContain(back.Requests, request => request.Text.Contains("load_inplace", StringComparison.Ordinal));

        Assert.True((await adapters.UnloadAsync(TinyModel.Name, Name, Token)).IsComplete);
        Assert.Empty(back.Adapters);
    }

    private VllmDouble Start(int port) => VllmDouble.Start(tiny.Native, new VllmDoubleOptions
    {
        Port = port,
        FindAdapter = path => path != Path ? null : new AdapterSource
        {
            Model = "",
            Name = "",
            GgufPath = TinyModel.File("lora-german.gguf"),
        },
    });
}
