using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.Authentication;
using ThemisBridge.Testing.Faults;

namespace ThemisBridge.Server.Tests.Doubles;

/// <summary>A real server on a free port, over backends that a test made: one engine each, all on the route of
/// "m".</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    public const BackendFeatures Features = (BackendFeatures)long.MaxValue & ~BackendFeatures.Grammar;

    private readonly WebApplication _application;

    private ServerFixture(WebApplication application)
    {
        _application = application;
        Address = new Uri(application.Urls.Single());
        Http = application.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        Http.BaseAddress = Address;
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public static async Task<ServerFixture> StartAsync(
        IReadOnlyList<IInferenceBackend> backends, Action<BridgeOptions>? configure = null, string? token = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHttpClient();
        Dictionary<string,
            IInferenceBackend> byEngine = backends.Index().ToDictionary(pair => $"e{pair.Index}", pair => pair.Item);
        builder.Services.AddSingleton<IBackendFactory>(new TestBackends(byEngine));
        builder.Services.AddThemisBridge(configure: options =>
        {
            foreach (string engine in byEngine.Keys)
            {
                options.Engines[engine] = new EngineOptions { Ladder = { $"test:{engine}" } };
            }

            options.Routes["m"] = [.. byEngine.Keys];
            configure?.Invoke(options);
        }).AddServer();
        WebApplication application = builder.Build();
        if (token is not null)
        {
            application.UseBearerToken(token);
        }

        application.MapThemisBridge();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new ServerFixture(application);
    }

    public static Task<ServerFixture> StartAsync(params IReadOnlyList<IInferenceBackend> backends) =>
        StartAsync(backends, null);

    public static ScriptedBackend Saying(string text) => ScriptedBackend.Saying("scripted", "m", text, Features);

    public Task<HttpResponseMessage> PostAsync(string path, string json, string contentType = "application/json") =>
        Http.PostAsync(path, new StringContent(json, Encoding.UTF8, contentType),
            TestContext.Current.CancellationToken);

    public async Task<(HttpStatusCode Status, JsonElement Body)> PostJsonAsync(string path, string json)
    {
        using HttpResponseMessage response = await PostAsync(path, json);
        return (response.StatusCode, await ReadAsync(response));
    }

    public async Task<IReadOnlyList<string>> PostStreamAsync(string path, string json)
    {
        using HttpResponseMessage response = await PostAsync(path, json);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line["data: ".Length..])];
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
    }

    /// <summary>A bare connection with a request sent, for clients that hang up or do not read.</summary>
    public async Task<Socket> SendRawAsync(string path, string json, int? contentLength = null)
    {
        var socket =
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, Address.Port, TestContext.Current.CancellationToken);
        string request = $"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {contentLength ?? Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}";
        await socket.SendAsync(Encoding.UTF8.GetBytes(request), TestContext.Current.CancellationToken);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _application.StopAsync(atOnce.Token);
        await _application.DisposeAsync();
    }
}
