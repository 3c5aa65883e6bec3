using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Testing.Vllm;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>Servers that are no vLLM of the Python kind, told apart by a probe. The answers of llama-server are those
/// of its build 11669.</summary>
public class DialectTests
{
    private const string NoRoute = """{"error":{"message":"File Not Found","type":"not_found_error","code":404}}""";

    private const string Models =
        """
        {"models":[{"name":"tiny"}],"object":"list","data":[{"id":"tiny","aliases":["tiny"],"tags":[],"object":"model","created":1795522147,"owned_by":"llamacpp","meta":{"vocab_type":2,"n_vocab":1024,"n_ctx":2048,"n_ctx_train":2048}}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Llama_server_is_known_by_its_list_of_models_and_offers_no_more_than_it_honours()
    {
        await using ReplayServer server = Start();
        using var fixture = new BackendFixture(server);

        Assert.True((await fixture.Backend.ProbeAsync(Token)).IsHealthy);

        BackendFeatures features = fixture.Backend.Descriptor.Capabilities.Features;
        Assert.Equal(BackendFeatures.None, features & (BackendFeatures.TokenIdOutput | BackendFeatures.TopK
            | BackendFeatures.Adapters | BackendFeatures.IgnoreEos | BackendFeatures.Tokenize));
        Assert.Equal(BackendFeatures.RendersChat | BackendFeatures.TokenPrompt,
            features & (BackendFeatures.RendersChat | BackendFeatures.TokenPrompt));
        ModelDescriptor model = Assert.Single(fixture.Backend.Descriptor.Models);
        Assert.Equal(("tiny", 2048), (model.Name, model.MaxContextTokens));
        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() => fixture.Backend.CompleteAsync(
            Request with { Sampling = new SamplingOptions { TopK = 3 } }, Token));
        Assert.Equal((BridgeFailure.UnsupportedOption, "top_k"), (refused.Failure, refused.Parameter));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Busy_list_of_models_says_nothing_yet_and_is_asked_again(int status)
    {
        await using ReplayServer server = ReplayServer.Start().Add(
            ReplayExchange.Of(status, "application/json", "{}") with
            {
                Matches = request => request.Target == HttpRoutes.Models,
            });
        Add(server, HttpRoutes.Health, 200, """{"status":"ok"}""");
        Add(server, HttpRoutes.Models, 200, Models);
        Add(server, HttpRoutes.Version, 404, NoRoute);
        Add(server, HttpRoutes.Generate, 404, NoRoute);
        Add(server, HttpRoutes.Abort, 404, NoRoute);
        Add(server, HttpRoutes.Metrics, 404, NoRoute);
        using var fixture = new BackendFixture(server);

        Assert.True((await fixture.Backend.ProbeAsync(Token)).IsHealthy);
        Assert.True((await fixture.Backend.ProbeAsync(Token)).IsHealthy);

        Assert.Equal(BackendFeatures.None,
            fixture.Backend.Descriptor.Capabilities.Features & (BackendFeatures.TopK | BackendFeatures.Adapters));
    }

    [Fact]
    public async Task Llama_server_is_asked_and_read_in_openais_way()
    {
        await using ReplayServer server = Start().Add(ReplayExchange.OfEvents(
            """data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1795522147,"id":"chatcmpl-a","model":"tiny","system_fingerprint":"b11669-Debian","object":"chat.completion.chunk"}""" + "\n\n",
            """data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"ThemisDB"}}],"created":1795522147,"id":"chatcmpl-a","model":"tiny","system_fingerprint":"b11669-Debian","object":"chat.completion.chunk"}""" + "\n\n",
            """data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}],"created":1795522147,"id":"chatcmpl-a","model":"tiny","system_fingerprint":"b11669-Debian","object":"chat.completion.chunk"}""" + "\n\n",
            """data: {"choices":[],"created":1795522147,"id":"chatcmpl-a","model":"tiny","object":"chat.completion.chunk","usage":{"completion_tokens":1,"prompt_tokens":18,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":17}},"timings":{"cache_n":17}}""" + "\n\n",
            "data: [DONE]\n\n") with { Matches = request => request.Target == HttpRoutes.Chat });
        using var fixture = new BackendFixture(server);
        await fixture.Backend.ProbeAsync(Token);

        Collected answer = await Collected.OfAsync(fixture.Backend, Request);

        Assert.Equal("ThemisDB", answer.Text);
        string sent = server.Requests[^1].Text;
        Assert.Contains("\"max_tokens\":1", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("return_token_ids", sent, StringComparison.Ordinal);
    }

    public static TheoryData<string> Foreign => ["adapters", "top_k", "stop_token_ids", "tenant_isolation", "regex"];

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task What_is_vllms_own_is_never_asked_of_a_server_that_is_not_known_yet(string option)
    {
        // A llama-server answers whatever model is named, and leaves out what it does not know.
        await using ReplayServer server = Start();
        using var fixture = new BackendFixture(server);
        InferenceRequest asked = Request with
        {
            Adapter = option == "adapters" ? "german" : null,
            Tenant = option == "tenant_isolation" ? "t" : null,
            StructuredOutput = option == "regex" ? StructuredOutput.Regex("a+") : null,
            Sampling = new SamplingOptions
            {
                TopK = option == "top_k" ? 3 : null,
                StopTokenIds = option == "stop_token_ids" ? [2] : [],
            },
        };

        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.CompleteAsync(asked, Token));

        Assert.Equal((BridgeFailure.UnsupportedOption, option), (refused.Failure, refused.Parameter));
        Assert.DoesNotContain(server.Requests, request => request.Target == HttpRoutes.Chat);
        Assert.Empty(server.Unmatched);
    }

    [Fact]
    public async Task Server_without_a_version_is_asked_for_no_adapter_that_it_does_not_list()
    {
        await using ReplayServer server = ReplayServer.Start();
        Add(server, HttpRoutes.Models, 200, """
            {"object":"list","data":[{"id":"tiny","object":"model","owned_by":"themis-bridge","parent":null},
            {"id":"german","object":"model","owned_by":"themis-bridge","parent":"tiny"}]}
            """);
        Add(server, HttpRoutes.Version, 404, NoRoute);
        Add(server, HttpRoutes.Generate, 404, NoRoute);
        Add(server, HttpRoutes.Abort, 404, NoRoute);
        Add(server, HttpRoutes.Chat, 200, """
            {"id":"c","model":"german","choices":[{"index":0,"message":{"content":"ja"},"finish_reason":"stop"}]}
            """);
        using var fixture = new BackendFixture(server);
        InferenceRequest plain = Request with { Stream = false };

        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() =>
            fixture.Backend.CompleteAsync(plain with { Adapter = "french" }, Token));
        Assert.DoesNotContain(server.Requests, request => request.Target == HttpRoutes.Chat);
        InferenceResult result = await fixture.Backend.CompleteAsync(plain with { Adapter = "german" }, Token);

        Assert.Equal((BridgeFailure.UnknownAdapter, FailureStage.Admit), (refused.Failure, refused.Stage));
        Assert.Contains("french", refused.Message, StringComparison.Ordinal);
        Assert.Equal("ja", result.Text);
        Assert.Contains("\"model\":\"german\"", server.Requests[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rust_front_end_is_known_by_its_version_and_has_no_embeddings()
    {
        await using var fixture = new DoubleFixture(options => options with { Dialect = VllmDialect.Rust });

        Assert.True((await fixture.Backend.ProbeAsync(Token)).IsHealthy);

        BackendFeatures features = fixture.Backend.Descriptor.Capabilities.Features;
        Assert.Equal(BackendFeatures.TopK | BackendFeatures.Adapters,
            features & (BackendFeatures.TopK | BackendFeatures.Adapters | BackendFeatures.Embed));
        Assert.Equal("hello", (await fixture.Backend.CompleteAsync(Request with { Model = "m" }, Token)).Text);
    }

    [Theory]
    [InlineData(VllmDialect.Python)]
    [InlineData(VllmDialect.Rust)]
    public async Task Refusals_of_both_front_ends_are_told_alike(VllmDialect dialect)
    {
        await using var fixture = new DoubleFixture(options => options with
        {
            Dialect = dialect,
            VocabularySize = 100,
            MaxModelLength = 8,
        });

        async Task<BridgeFailure> FailureAsync(InferenceRequest request) =>
            (await Assert.ThrowsAsync<BridgeException>(() => fixture.Backend.CompleteAsync(request, Token))).Failure;
        InferenceRequest ids = Request with { Model = "m", Prompt = new TokenPrompt(new[] { 1, 2, 3 }) };
        Assert.Equal(BridgeFailure.UnknownModel, await FailureAsync(Request with { Model = "nope" }));
        Assert.Equal(BridgeFailure.UnknownAdapter, await FailureAsync(ids with { Adapter = "nope" }));
        Assert.Equal(BridgeFailure.InvalidRequest,
            await FailureAsync(ids with { Prompt = new TokenPrompt(new[] { 1, 100 }) }));
        Assert.Equal(BridgeFailure.ContextLengthExceeded,
            await FailureAsync(ids with { Prompt = new TokenPrompt(new int[9]) }));
    }

    [Fact]
    public async Task Rust_front_end_that_loads_no_local_adapters_says_so_by_name()
    {
        await using var fixture = new DoubleFixture(options => options with { Dialect = VllmDialect.Rust });

        BridgeException refused = await Assert.ThrowsAsync<BridgeException>(() => fixture.Backend.LoadAdapterAsync(
            new AdapterSource { Model = "m", Name = "german", PeftPath = "/adapters/german" }, Token));

        Assert.Equal((BridgeFailure.UnsupportedOption, "lora_path"), (refused.Failure, refused.Parameter));
    }

    private static InferenceRequest Request { get; } = new()
    {
        Model = "tiny",
        Prompt = new ChatPrompt([new PromptMessage("user", "What is ThemisDB?")]),
        Sampling = new SamplingOptions { MaxTokens = 1 },
    };

    private static ReplayServer Start()
    {
        ReplayServer server = ReplayServer.Start();
        Add(server, HttpRoutes.Health, 200, """{"status":"ok"}""");
        Add(server, HttpRoutes.Models, 200, Models);
        Add(server, HttpRoutes.Version, 404, NoRoute);
        return server;
    }

    private static void Add(ReplayServer server, string route, int status, string body) => server.Add(
        ReplayExchange.Of(status, "application/json; charset=utf-8", body) with
        {
            Matches = request => request.Target == route,
            Times = int.MaxValue,
        });
}
