using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Adapters;

/// <summary>Loading adapters over HTTP, on the double of a vLLM server.</summary>
public class HttpAdaptersTests
{
    private const string Load = HttpRoutes.LoadAdapter;
    private const string Unload = HttpRoutes.UnloadAdapter;
    private const string Digest = GermanAdapter.Digest;
    private const string Served = GermanAdapter.Served;

    private static AdapterSource German => GermanAdapter.Source;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_is_sent_once_and_never_in_place()
    {
        await using var fixture = new DoubleFixture();

        await fixture.Backend.LoadAdapterAsync(German, Token);
        await fixture.Backend.LoadAdapterAsync(German, Token);

        Assert.Equal(["""{"lora_name":"german","lora_path":"/adapters/german"}"""], fixture.Bodies(Load));
        Assert.Equal("german", await GermanAdapter.AskAsync(fixture));
    }

    [Fact]
    public async Task Adapter_with_a_digest_is_served_under_name_and_digest_and_asked_for_by_its_name()
    {
        await using var fixture = new DoubleFixture();

        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);

        Assert.Equal([Served], fixture.Server.Adapters);
        Assert.Equal(Served, await GermanAdapter.AskAsync(fixture));
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
    public async Task Server_that_unloads_nothing_has_no_adapter_unless_it_was_started_with_it()
    {
        await using var fixture = new DoubleFixture(options => options with
        {
            FindAdapter = null,
            Adapters = new Dictionary<string, string> { ["german"] = "/adapters/german" },
        });

        Assert.False(await fixture.Backend.UnloadAdapterAsync("m", "french", Token));
        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.UnloadAdapterAsync("m", "german", Token));

        Assert.Equal(BridgeFailure.UnsupportedOption, refused.Failure);
    }

    [Theory]
    [InlineData("german", true)]
    [InlineData("/elsewhere", false)]
    public async Task Load_whose_answer_was_lost_is_asked_for_again_and_the_same_place_alone_is_success(
        string path, bool isLoaded)
    {
        await using ReplayServer server = ReplayServer.Start();
        using var fixture = new BackendFixture(server);
        server.Add(GermanAdapter.LostAnswer);
        GermanAdapter.Answer(server, "A-lora-load-twice", "A-lora-models");

        Exception? failed = await Record.ExceptionAsync(() =>
            fixture.Backend.LoadAdapterAsync(German with { PeftPath = path }, Token));

        Assert.Equal(isLoaded ? null : BridgeFailure.InvalidRequest, (failed as BridgeException)?.Failure);
        Assert.Equal([Load, Load, HttpRoutes.Models], server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task Server_that_came_back_without_the_adapter_is_given_it_once_and_asked_again()
    {
        await using var fixture = new DoubleFixture();
        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);
        await GermanAdapter.AskAsync(fixture);
        await fixture.RestartAsync();

        Assert.Equal(Served, await GermanAdapter.AskAsync(fixture));

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

        BridgeException failed = await Assert.ThrowsAsync<BridgeException>(() => GermanAdapter.AskAsync(fixture));

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

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => GermanAdapter.AskAsync(fixture)));

        Assert.Single(fixture.Bodies(Load));
    }

    [Fact]
    public async Task Model_takes_no_name_from_another_one_of_the_same_server()
    {
        await using var fixture = new DoubleFixture();
        fixture.Paths.Add("/adapters/new");
        await fixture.Backend.LoadAdapterAsync(German, Token);
        await fixture.Backend.LoadAdapterAsync(German with { Model = "alias" }, Token);

        foreach (string model in new[] { "alias", "other" })
        {
            BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() => fixture.Backend
                .LoadAdapterAsync(German with { Model = model, PeftPath = "/adapters/new" }, Token));
            Assert.Equal(BridgeFailure.InvalidRequest, refused.Failure);
        }

        Assert.Empty(fixture.Bodies(Unload));
        Assert.Equal("german", await GermanAdapter.AskAsync(fixture));
    }

    [Fact]
    public async Task Server_without_the_routes_serves_what_it_was_started_with_and_nothing_else()
    {
        await using var fixture = new DoubleFixture(options => options with
        {
            FindAdapter = null,
            Adapters = new Dictionary<string, string> { ["german"] = "/adapters/german" },
        });

        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);
        Assert.Equal("german", await GermanAdapter.AskAsync(fixture));
        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.LoadAdapterAsync(German with { Name = "french" }, Token));

        Assert.Equal(BridgeFailure.UnsupportedOption, refused.Failure);
    }

    [Fact]
    public async Task Server_that_was_started_with_another_version_is_told_from_one_with_this_one()
    {
        await using var fixture = new DoubleFixture(options => options with
        {
            FindAdapter = null,
            Adapters = new Dictionary<string, string> { ["german"] = "/adapters/old", [Served] = "/anywhere" },
        });

        foreach (string? digest in new[] { null, "other" })
        {
            BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() =>
                fixture.Backend.LoadAdapterAsync(German with { Digest = digest }, Token));
            Assert.Equal((BridgeFailure.UnsupportedOption, "peft_path"), (refused.Failure, refused.Parameter));
        }

        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);
        Assert.Equal(Served, await GermanAdapter.AskAsync(fixture));
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
}
