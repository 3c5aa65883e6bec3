using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ThemisBridge.Core.Failures;
using ThemisBridge.Server.Tests.Doubles;
using ThemisBridge.Testing.Faults;

namespace ThemisBridge.Server.Tests.Endpoints;

public sealed class BadInputTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{", 400, "invalid_json", null)]
    [InlineData("[]", 400, "invalid_json", null)]
    [InlineData("""{"model":"m"}""", 400, "invalid_request", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", 400, "invalid_request", "model")]
    [InlineData("""{"model":"other","messages":[{"role":"user","content":"x"}]}""", 404, "model_not_found", "model")]
    [InlineData("""{"model":"m","messages":[]}""", 400, "invalid_request", "messages")]
    [InlineData("""{"model":"m","messages":"x"}""", 400, "invalid_request", "messages")]
    [InlineData("""{"model":"m","messages":[{"content":"x"}]}""", 400, "invalid_request", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\ud800"}]}""", 400, "invalid_request", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}""", 400, "unsupported_option", "messages[0].content[0].type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"temprature":1}""", 400, "unsupported_option", "temprature")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":3}""", 400, "invalid_request", "temperature")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":"hot"}""", 400, "invalid_request", "temperature")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":1e999}""", 400, "invalid_request", "temperature")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":0}""", 400, "invalid_request", "max_tokens")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":99999999999}""", 400, "invalid_request", "max_tokens")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"n":2}""", 400, "unsupported_option", "n")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"stream_options":{}}""", 400, "invalid_request", "stream_options")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"logit_bias":{"a":1}}""", 400, "invalid_request", "logit_bias")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"xml"}}""", 400, "invalid_request", "response_format.type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"structured_outputs":{"grammar":"g"}}""", 400, "unsupported_option", "grammar")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"top_logprobs":2}""", 400, "invalid_request", "top_logprobs")]
    public async Task Bad_body_is_answered_in_openais_shape_and_the_server_lives_on(string json, int status,
        string code, string? param)
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("x"));

        (HttpStatusCode actual, JsonElement body) = await server.PostJsonAsync("/v1/chat/completions", json);

        JsonElement error = body.GetProperty("error");
        Assert.Equal((status, code, param),
            ((int)actual, error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.NotEmpty(error.GetProperty("type").GetString()!);
        (HttpStatusCode after, _) = await server.PostJsonAsync(
            "/v1/chat/completions", """{"model":"m","messages":[{"role":"user","content":"x"}]}""");
        Assert.Equal(HttpStatusCode.OK, after);
    }

    [Fact]
    public async Task Deeply_nested_json_is_refused()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("x"));

        (HttpStatusCode status, _) = await server.PostJsonAsync("/v1/chat/completions", new string('[', 100_000));

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task Invalid_utf8_is_refused()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("x"));
        using var content = new ByteArrayContent([.. "{\"model\":\""u8, 0xff, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");

        using HttpResponseMessage response = await server.Http.PostAsync("/v1/completions", content, Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("UTF-8", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_mebibytes_of_json_are_read_and_more_than_the_limit_is_413()
    {
        ScriptedBackend backend = ServerFixture.Saying("x");
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        (HttpStatusCode large, _) = await server.PostJsonAsync(
            "/v1/completions", $$"""{"model":"m","prompt":"{{new string('x', 2 * 1024 * 1024)}}"}""");
        // Only the head is sent: the server says no without reading on, and closes.
        using Socket client = await server.SendRawAsync("/v1/completions", "", contentLength: 33 * 1024 * 1024);
        using var reader = new StreamReader(new NetworkStream(client));
        string huge = await reader.ReadToEndAsync(Token);

        Assert.Equal(HttpStatusCode.OK, large);
        Assert.StartsWith("HTTP/1.1 413 ", huge, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"limit_exceeded\"", huge, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_content_type_is_415()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("x"));

        using HttpResponseMessage response = await server.PostAsync("/v1/completions", "{}", "text/plain");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Unknown_path_and_wrong_method_have_the_same_shape()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("x"));

        (HttpStatusCode status, JsonElement body) = await server.PostJsonAsync("/v1/nothing", "{}");
        using HttpResponseMessage wrongMethod = await server.Http.GetAsync("/v1/completions", Token);

        Assert.Equal((HttpStatusCode.NotFound, "unknown_path"),
            (status, body.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("unknown_path",
            (await ServerFixture.ReadAsync(wrongMethod)).GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(BridgeFailure.ConnectionFailed, 503)]
    [InlineData(BridgeFailure.Busy, 429)]
    [InlineData(BridgeFailure.ContextLengthExceeded, 400)]
    [InlineData(BridgeFailure.EngineFailed, 502)]
    [InlineData(BridgeFailure.DeadlineExceeded, 504)]
    [InlineData(BridgeFailure.Unauthorized, 502)]
    public async Task Failure_of_the_engine_has_its_status_and_no_address(BridgeFailure failure, int status)
    {
        var backend = new FaultBackend(ServerFixture.Saying("x"));
        backend.Next(Fault.FailWith(failure, FailureStage.Admit));
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        (HttpStatusCode actual, JsonElement body) = await server.PostJsonAsync("/v1/completions", """{"model":"m","prompt":"x"}""");

        Assert.Equal(status, (int)actual);
        Assert.DoesNotContain("scripted:", body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Busy_engine_says_when_to_come_back()
    {
        var backend = new FaultBackend(ServerFixture.Saying("x"));
        backend.Next(Fault.Busy(TimeSpan.FromSeconds(2.5)));
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        using HttpResponseMessage response = await server.PostAsync("/v1/completions", """{"model":"m","prompt":"x"}""");

        Assert.Equal(TimeSpan.FromSeconds(3), response.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Malformed_chunked_body_is_answered_in_the_same_shape()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(ServerFixture.Saying("x"));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, Token);
        await client.SendAsync(
            "POST /v1/completions HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"u8
                .ToArray(), Token);
        using var reader = new StreamReader(new NetworkStream(client));

        string answer = await reader.ReadToEndAsync(Token);

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"bad_request\"", answer, StringComparison.Ordinal);
    }
}
