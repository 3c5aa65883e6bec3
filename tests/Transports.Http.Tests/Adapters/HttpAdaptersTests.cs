using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Adapters;

/// <summary>Adapters over HTTP, on the double of a vLLM server.</summary>
public class HttpAdaptersTests
{
    private const string Load = HttpRoutes.LoadAdapter;
    private const string Unload = HttpRoutes.UnloadAdapter;
    private const string Digest = "0011223344556677889900112233445566778899001122334455667788990011";
    private static readonly string Served = $"german@{Digest}";

    private static AdapterSource German { get; } =
        new() { Model = "m", Name = "german", PeftPath = "/adapters/german" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_is_sent_once_and_never_in_place()
    {
        await using var fixture = new DoubleFixture();

        await fixture.Backend.LoadAdapterAsync(German, Token);
        await fixture.Backend.LoadAdapterAsync(German, Token);

        Assert.Equal(["""{"lora_name":"german","lora_path":"/adapters/german"}"""], fixture.Bodies(Load));
        Assert.Equal("german", await AskedAdapterAsync(fixture));
    }

    [Fact]
    public async Task Adapter_with_a_digest_is_served_under_name_and_digest_and_asked_for_by_its_name()
    {
        await using var fixture = new DoubleFixture();

        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);

        Assert.Equal([Served], fixture.Server.Adapters);
        Assert.Equal(Served, await AskedAdapterAsync(fixture));
        Assert.Equal([German with { Digest = Digest }], await fixture.Backend.ListAdaptersAsync("m", Token));
    }

    [Fact]
    public async Task Already_loaded_from_the_same_place_is_success_and_from_another_is_not()
    {
        await using var fixture = new DoubleFixture(options => options with
        {
            Adapters = new Dictionary<string, string> { ["german"] = "/adapters/german", ["french"] = "/elsewhere" },
        });

        await fixture.Backend.LoadAdapterAsync(German, Token);
        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.LoadAdapterAsync(German with { Name = "french" }, Token));

        Assert.Equal(BridgeFailure.InvalidRequest, refused.Failure);
    }

    [Fact]
    public async Task Unload_of_what_nobody_knows_is_false_and_of_what_a_restart_took_is_true()
    {
        await using var fixture = new DoubleFixture();
        Assert.False(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));

        await fixture.Backend.LoadAdapterAsync(German, Token);
        await fixture.RestartAsync();

        Assert.True(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));
        Assert.Equal(["""{"lora_name":"german"}"""], fixture.Bodies(Unload));
    }

    [Theory]
    [InlineData("A-lora-load-twice", true)]
    [InlineData("A-lora-unload-again", false)]
    public async Task Lost_answer_is_asked_for_again_and_what_was_done_is_success(string again, bool isLoad)
    {
        await using ReplayServer server = ReplayServer.Start();
        using var fixture = new BackendFixture(server);
        if (!isLoad)
        {
            server.Add(ReplayExchange.Of(Recordings.Http["A-lora-load"]));
            await fixture.Backend.LoadAdapterAsync(German, Token);
        }

        // The first answer breaks off behind its head.
        server.Add(new ReplayExchange { Response = default, End = ReplayEnd.Close })
            .Add(ReplayExchange.Of(Recordings.Http[again]));

        if (isLoad)
        {
            await fixture.Backend.LoadAdapterAsync(German, Token);
        }
        else
        {
            Assert.True(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));
        }

        Assert.Equal(isLoad ? 2 : 3, server.Requests.Count);
        Assert.Empty(server.Unmatched);
    }

    [Fact]
    public async Task Server_that_came_back_without_the_adapter_is_given_it_once_and_asked_again()
    {
        await using var fixture = new DoubleFixture();
        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);
        await AskedAdapterAsync(fixture);
        await fixture.RestartAsync();

        Assert.Equal(Served, await AskedAdapterAsync(fixture));

        Assert.Equal(2, fixture.Bodies(HttpRoutes.Completions).Count);
        Assert.Single(fixture.Bodies(Load));
        Assert.Equal([Served], fixture.Server.Adapters);
    }

    [Fact]
    public async Task Server_that_came_back_without_the_file_fails_the_request_after_one_load()
    {
        await using var fixture = new DoubleFixture();
        await fixture.Backend.LoadAdapterAsync(German, Token);
        fixture.Paths.Clear();
        await fixture.RestartAsync();

        BridgeException failed = await Assert.ThrowsAsync<BridgeException>(() => AskedAdapterAsync(fixture));

        Assert.Equal(BridgeFailure.UnknownAdapter, failed.Failure);
        Assert.Single(fixture.Bodies(Load));
        Assert.Single(fixture.Bodies(HttpRoutes.Completions));
    }

    [Fact]
    public async Task Requests_that_meet_a_restart_together_load_once()
    {
        await using var fixture = new DoubleFixture();
        await fixture.Backend.LoadAdapterAsync(German, Token);
        await fixture.RestartAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AskedAdapterAsync(fixture)));

        Assert.Single(fixture.Bodies(Load));
    }

    [Fact]
    public async Task New_version_takes_new_requests_and_the_old_one_goes_after_its_last()
    {
        await using var fixture = new DoubleFixture(options => options with
        {
            TokenDelay = TimeSpan.FromMilliseconds(1),
        });
        await fixture.Backend.LoadAdapterAsync(German with { Digest = "old" }, Token);
        IAsyncEnumerator<InferenceChunk> running =
            fixture.Backend.GenerateAsync(Request, Token).GetAsyncEnumerator(Token);
        Assert.True(await running.MoveNextAsync());

        await fixture.Backend.LoadAdapterAsync(German with { Digest = "new" }, Token);

        Assert.Equal("german@new", await AskedAdapterAsync(fixture));
        Assert.Equal(["german@old", "german@new"], fixture.Server.Adapters);
        Assert.Empty(fixture.Bodies(Unload));
        while (await running.MoveNextAsync())
        {
        }

        await running.DisposeAsync();
        while (fixture.Server.Adapters.Count > 1)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(["german@new"], fixture.Server.Adapters);
    }

    [Fact]
    public async Task Unload_waits_for_the_last_request()
    {
        await using var fixture = new DoubleFixture();
        await fixture.Backend.LoadAdapterAsync(German, Token);
        IAsyncEnumerator<InferenceChunk> running =
            fixture.Backend.GenerateAsync(Request, Token).GetAsyncEnumerator(Token);
        Assert.True(await running.MoveNextAsync());

        Task<bool> unloading = fixture.Backend.UnloadAdapterAsync("m", "german", Token);

        Assert.False(unloading.IsCompleted);
        Assert.Empty(fixture.Bodies(Unload));
        await running.DisposeAsync();
        Assert.True(await unloading);
        Assert.Empty(fixture.Server.Adapters);
    }

    [Fact]
    public async Task Server_without_the_routes_serves_what_it_was_started_with_and_nothing_else()
    {
        await using var fixture = new DoubleFixture(options => options with
        {
            FindAdapter = null,
            Adapters = new Dictionary<string, string> { ["german"] = "german" },
        });

        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);
        Assert.Equal("german", await AskedAdapterAsync(fixture));
        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.LoadAdapterAsync(German with { Name = "french" }, Token));

        Assert.Equal(BridgeFailure.UnsupportedOption, refused.Failure);
    }

    [Fact]
    public async Task What_vllm_cannot_honour_is_refused_by_name()
    {
        await using var fixture = new DoubleFixture();

        BridgeException scale = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.LoadAdapterAsync(German with { Scale = 0.5f }, Token));
        BridgeException form = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.LoadAdapterAsync(German with { PeftPath = null, GgufPath = "x.gguf" }, Token));
        BridgeException path = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.LoadAdapterAsync(German with { PeftPath = "/nowhere" }, Token));

        Assert.Equal((BridgeFailure.UnsupportedOption, "scale"), (scale.Failure, scale.Parameter));
        Assert.Equal((BridgeFailure.UnsupportedOption, "gguf_path"), (form.Failure, form.Parameter));
        Assert.Equal(BridgeFailure.UnknownAdapter, path.Failure);
        Assert.Contains("No adapter found for /nowhere", path.Message, StringComparison.Ordinal);
    }

    private static InferenceRequest Request { get; } = new()
    {
        Model = "m",
        Prompt = new TextPrompt("x"),
        Adapter = "german",
        Sampling = new SamplingOptions { MaxTokens = 5 },
    };

    // The adapter that the engine was asked for.
    private static async Task<string?> AskedAdapterAsync(DoubleFixture fixture)
    {
        InferenceResult result = await fixture.Backend.CompleteAsync(Request, Token);
        Assert.Equal("hello", result.Text);
        return fixture.Engine.Requests.Last().Adapter;
    }
}
