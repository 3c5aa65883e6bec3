using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Composition;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Composition;

public class HttpBackendFactoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://", "http://HOST:PORT")]
    [InlineData("http:/x", "http://HOST:PORT")]
    [InlineData("http://u:p@host", "without user name")]
    [InlineData("http://host?a=b", "query")]
    [InlineData("http+unix://relative.sock", "absolute path")]
    [InlineData("http+unix://", "absolute path")]
    public void Wrong_address_fails_the_start_with_what_was_expected(string address, string expected)
    {
        OptionsValidationException e = Assert.Throws<OptionsValidationException>(
            () => Build(("Engines:a:Ladder:0", address)).GetRequiredService<IThemisBridge>());

        Assert.Contains("ThemisBridge:Engines:a:Ladder:0", e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ProbeTimeout", "soon", "Engines:a:Http:ProbeTimeout")]
    [InlineData("ProbeTimeout", "-1", "ProbeTimeout")]
    [InlineData("IdleConnectionLifetime", "00:00:00", "IdleConnectionLifetime")]
    [InlineData("MaxEventBytes", "1000000000", "MaxEventBytes")]
    [InlineData("ApiKeyFile", "/does/not/exist", "ApiKeyFile")]
    [InlineData("ApiKey", "a b", "API key")]
    [InlineData("Headers:a b", "x", "a b")]
    [InlineData("Headers:Content-Type", "text/plain", "Content-Type")]
    [InlineData("Headers:content-length", "1", "content-length")]
    [InlineData("Headers:Expires", "0", "Expires")]
    [InlineData("Headers:Connection", "close", "Connection")]
    [InlineData("Headers:Transfer-Encoding", "gzip", "Transfer-Encoding")]
    [InlineData("Headers:Accept-Encoding", "gzip", "Accept-Encoding")]
    [InlineData("Headers:x-request-id", "r", "x-request-id")]
    [InlineData("Headers:traceparent", "r", "traceparent")]
    [InlineData("Server", "tgi", "Engines:a:Http:Server")]
    [InlineData("Timeout", "5", "Engines:a:Http:Timeout")]
    public void Wrong_option_fails_the_start_with_its_name(string key, string value, string expected)
    {
        OptionsValidationException e = Assert.Throws<OptionsValidationException>(
            () => Build(("Engines:a:Ladder:0", "http://h"), ("Engines:a:Http:" + key, value))
                .GetRequiredService<IThemisBridge>());

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Authorization_is_set_in_one_place()
    {
        var options = new HttpBackendOptions { Headers = { ["authorization"] = "Basic eDp5" } };
        Assert.Null(HttpOptionsCheck.FaultOf(options));
        options.ApiKey = "k";

        Assert.Contains("'Authorization'", HttpOptionsCheck.FaultOf(options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configured_engine_answers_through_the_bridge_with_its_key_and_headers()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(Recordings.Http["A-chat-plain"]));
        string keyFile = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(keyFile, "k-test\n", Token);
            await using ServiceProvider services = Build(
                ("Engines:a:Ladder:0", server.Address.AbsoluteUri + "v1"),
                ("Engines:a:Models:tiny", "themis-tiny"),
                ("Engines:a:Http:ApiKeyFile", keyFile),
                ("Engines:a:Http:Headers:X-Team", "db"));
            IThemisBridge bridge = services.GetRequiredService<IThemisBridge>();
            List<InferenceChunk> chunks = [];
            await foreach (InferenceChunk chunk in bridge.GenerateAsync(
                new InferenceRequest
                {
                    Model = "tiny",
                    Prompt = new ChatPrompt([new PromptMessage("user", "What is ThemisDB?")]),
                    Stream = false,
                    RequestId = "r",
                }, Token))
            {
                chunks.Add(chunk);
            }

            GenerationStart start = chunks[0].Start!;
            Assert.Equal(("tiny", "a", "http"), (start.Model, start.Engine, start.Transport));
            ReplayedRequest request = Assert.Single(server.Requests);
            Assert.Equal(("/v1/chat/completions", "Bearer k-test", "db", "r-1"), (request.Target,
                request.Header("Authorization"), request.Header("X-Team"), request.Header("X-Request-Id")));
            Assert.Contains("\"model\":\"themis-tiny\"", request.Text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(keyFile);
        }
    }

    [Fact]
    public async Task Bridge_goes_on_to_the_next_engine_at_once_when_nobody_listens()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(Recordings.Http["A-chat-plain"]));
        await using ServiceProvider services = Build(
            ("Engines:dead:Ladder:0", "http://127.0.0.1:1"),
            ("Engines:live:Ladder:0", server.Address.AbsoluteUri),
            ("Routes:themis-tiny:0", "dead"),
            ("Routes:themis-tiny:1", "live"));
        GenerationStart? start = null;
        await foreach (InferenceChunk chunk in services.GetRequiredService<IThemisBridge>().GenerateAsync(
            new InferenceRequest
            {
                Model = "themis-tiny",
                Prompt = new ChatPrompt([new PromptMessage("user", "hi")]),
                Stream = false,
            }, Token))
        {
            start ??= chunk.Start;
        }

        Assert.Equal("live", start!.Engine);
    }

    [Fact]
    public void Several_http_addresses_of_one_engine_have_ids_of_their_own()
    {
        using ServiceProvider services = Build();
        IBackendFactory factory = services.GetRequiredService<IBackendFactory>();
        string[] ids = [.. new[] { "http://a", "http://b" }.Select(
            address => factory.Create(new BackendAddress("e", "http", address)).Descriptor.Id)];

        Assert.Equal(["e/http", "e/http-2"], ids);
    }

    [Fact]
    public async Task What_a_host_adds_to_all_its_clients_stays_away_from_the_bridge()
    {
        await using ReplayServer server = ReplayServer.Start()
            .Add(ReplayExchange.Of(Recordings.Http["A-chat-plain"]));
        var services = new ServiceCollection();
        services.AddTransient<RefusingHandler>();
        services.ConfigureHttpClientDefaults(builder => builder.AddHttpMessageHandler<RefusingHandler>());
        services.AddThemisBridge().AddHttp();
        await using ServiceProvider provider = services.BuildServiceProvider();
        IInferenceBackend backend = provider.GetRequiredService<IBackendFactory>()
            .Create(new BackendAddress("e", "http", server.Address.AbsoluteUri));
        HttpClient other = provider.GetRequiredService<IHttpClientFactory>().CreateClient("other");

        await Assert.ThrowsAsync<NotSupportedException>(() => other.GetAsync(server.Address, Token));
        Assert.Equal(FinishReason.Stop, (await Collected.OfAsync(backend, new InferenceRequest
        {
            Model = "m",
            Prompt = new ChatPrompt([new PromptMessage("user", "hi")]),
            Stream = false,
        })).Finish);
    }

    private static ServiceProvider Build(params (string Key, string Value)[] settings)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(
            setting => KeyValuePair.Create("ThemisBridge:" + setting.Key, (string?)setting.Value))).Build();
        var services = new ServiceCollection();
        services.AddThemisBridge(configuration).AddHttp();
        return services.BuildServiceProvider();
    }

    private sealed class RefusingHandler : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException("No client of the bridge may come through here.");
    }
}
