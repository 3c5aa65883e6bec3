using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Adapters;

/// <summary>Unloading adapters over HTTP, on the double of a vLLM server.</summary>
public class AdapterUnloadTests
{
    private const string Load = HttpRoutes.LoadAdapter;
    private const string Unload = HttpRoutes.UnloadAdapter;
    private const string Digest = GermanAdapter.Digest;
    private const string Served = GermanAdapter.Served;
    private const string Models = "/v1/models";

    private static AdapterSource German => GermanAdapter.Source;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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

    [Fact]
    public async Task Unload_whose_answer_was_lost_is_asked_for_again_and_not_found_is_success()
    {
        await using ReplayServer server = ReplayServer.Start();
        using var fixture = new BackendFixture(server);
        GermanAdapter.Answer(server, "A-lora-load");
        await fixture.Backend.LoadAdapterAsync(German, Token);
        server.Add(GermanAdapter.LostAnswer);
        GermanAdapter.Answer(server, "A-lora-unload-again");

        Assert.True(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));

        Assert.Equal([Load, Unload, Unload], server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task New_version_takes_new_requests_and_the_old_one_goes_after_its_last()
    {
        await using var fixture = new DoubleFixture(options => options with
        {
            TokenDelay = TimeSpan.FromMilliseconds(1),
        });
        await fixture.Backend.LoadAdapterAsync(German with { Digest = "old" }, Token);
        IAsyncEnumerator<InferenceChunk> running = await GermanAdapter.StartAsync(fixture);

        await fixture.Backend.LoadAdapterAsync(German with { Digest = "new" }, Token);

        Assert.Equal("german@new", await GermanAdapter.AskAsync(fixture));
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
        IAsyncEnumerator<InferenceChunk> running = await GermanAdapter.StartAsync(fixture);

        Task<bool> unloading = fixture.Backend.UnloadAdapterAsync("m", "german", Token);

        // Time enough for an unload that does not wait.
        await fixture.Backend.CompleteAsync(GermanAdapter.Request with { Adapter = null }, Token);
        Assert.False(unloading.IsCompleted);
        Assert.Empty(fixture.Bodies(Unload));
        await running.DisposeAsync();
        Assert.True(await unloading);
        Assert.Empty(fixture.Server.Adapters);
    }

    [Fact]
    public async Task Unload_goes_on_when_its_caller_has_given_up_and_can_be_waited_for_again()
    {
        await using var fixture = new DoubleFixture();
        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);
        IAsyncEnumerator<InferenceChunk> running = await GermanAdapter.StartAsync(fixture);
        using var patience = new CancellationTokenSource();
        Task<bool> givenUp = fixture.Backend.UnloadAdapterAsync("m", "german", patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);

        Task<bool> again = fixture.Backend.UnloadAdapterAsync("m", "german", Token);
        await running.DisposeAsync();

        Assert.True(await again);
        Assert.Equal([$$"""{"lora_name":"{{Served}}"}"""], fixture.Bodies(Unload));
        Assert.Empty(fixture.Server.Adapters);
    }

    [Fact]
    public async Task Unload_that_failed_is_done_when_it_is_called_again()
    {
        await using ReplayServer server = ReplayServer.Start();
        using var fixture = new BackendFixture(server);
        GermanAdapter.Answer(server, "A-lora-load");
        await fixture.Backend.LoadAdapterAsync(German with { Digest = Digest }, Token);
        server.Add(ReplayExchange.Of(500, "application/json", """{"error":{"message":"no","code":500}}"""));
        GermanAdapter.Answer(server, "A-lora-unload");

        BridgeException failed = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.UnloadAdapterAsync("m", "german", Token));
        Assert.True(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));

        Assert.Equal(BridgeFailure.EngineFailed, failed.Failure);
        string body = $$"""{"lora_name":"{{Served}}"}""";
        Assert.Equal([body, body], server.Requests.Skip(1).Select(request => request.Text));
    }

    [Fact]
    public async Task Load_of_what_is_being_unloaded_keeps_it_for_new_requests()
    {
        await using var fixture = new DoubleFixture();
        await fixture.Backend.LoadAdapterAsync(German, Token);
        IAsyncEnumerator<InferenceChunk> running = await GermanAdapter.StartAsync(fixture);
        Task<bool> unloading = fixture.Backend.UnloadAdapterAsync("m", "german", Token);

        await fixture.Backend.LoadAdapterAsync(German, Token);
        await running.DisposeAsync();

        Assert.True(await unloading);
        Assert.Empty(fixture.Bodies(Unload));
        Assert.Equal("german", await GermanAdapter.AskAsync(fixture));
    }

    [Fact]
    public async Task Models_of_one_server_share_an_adapter_until_the_last_has_unloaded_it()
    {
        await using var fixture = new DoubleFixture();
        AdapterSource first = German with { Digest = Digest };
        AdapterSource second = first with { Model = "alias" };
        foreach (AdapterSource source in new[] { first, second, first, second })
        {
            await fixture.Backend.LoadAdapterAsync(source, Token);
        }

        Assert.Equal(2, fixture.Bodies(Load).Count);
        Assert.Equal([first], await fixture.Backend.ListAdaptersAsync("m", Token));
        Assert.Equal([second], await fixture.Backend.ListAdaptersAsync("alias", Token));
        Assert.True(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));
        Assert.Equal([Served], fixture.Server.Adapters);
        Assert.True(await fixture.Backend.UnloadAdapterAsync("alias", "german", Token));
        Assert.Empty(fixture.Server.Adapters);
    }

    [Fact]
    public async Task Server_without_the_routes_has_nothing_to_unload()
    {
        await using ReplayServer server = ReplayServer.Start();
        using var fixture = new BackendFixture(server);
        GermanAdapter.Answer(
            server, "E-lora-unload", "A-get-models", "A-lora-load", "E-lora-unload", "A-get-models");

        Assert.False(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));
        await fixture.Backend.LoadAdapterAsync(German, Token);
        // Here it came back without them.
        Assert.True(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));

        Assert.Equal([Unload, Models, Load, Unload, Models], server.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task Server_that_is_no_vllm_is_not_asked_to_unload()
    {
        await using ReplayServer server = ReplayServer.Start();
        using var fixture = new BackendFixture(server, options => options.Server = HttpServerKind.OpenAI);

        Assert.False(await fixture.Backend.UnloadAdapterAsync("m", "german", Token));

        Assert.Empty(server.Requests);
    }
}
