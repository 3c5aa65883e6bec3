using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ThemisBridge.Server.Tests.Doubles;

namespace ThemisBridge.Server.Tests.Authentication;

public sealed class BearerTokenTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("Bearer wrong", HttpStatusCode.Unauthorized)]
    [InlineData("Basic secret", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer secret", HttpStatusCode.OK)]
    [InlineData("bearer secret", HttpStatusCode.OK)]
    public async Task Only_the_token_opens(string? header, HttpStatusCode expected)
    {
        await using ServerFixture server = await ServerFixture.StartAsync([ServerFixture.Saying("x")], token: "secret");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        if (header is not null)
        {
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(header);
        }

        using HttpResponseMessage response = await server.Http.SendAsync(request, Token);

        Assert.Equal(expected, response.StatusCode);
        if (expected == HttpStatusCode.Unauthorized)
        {
            JsonElement body = await ServerFixture.ReadAsync(response);
            Assert.Equal("unauthorized", body.GetProperty("error").GetProperty("code").GetString());
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        }
    }

    [Fact]
    public async Task Health_needs_no_token_and_tells_only_whether()
    {
        await using ServerFixture server = await ServerFixture.StartAsync([ServerFixture.Saying("x")], token: "secret");

        using HttpResponseMessage response = await server.Http.GetAsync("/health", Token);

        Assert.Equal("""{"status":"healthy"}""", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Health_is_503_when_no_engine_works()
    {
        Testing.Faults.ScriptedBackend backend = ServerFixture.Saying("x");
        backend.Health = new Core.Contracts.BackendHealth(false, "http://10.0.0.1 is down");
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        using HttpResponseMessage response = await server.Http.GetAsync("/health", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("""{"status":"unhealthy"}""", await response.Content.ReadAsStringAsync(Token));
    }
}
