using System.Net;
using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.Tests.Doubles;
using ThemisBridge.Testing.Faults;

namespace ThemisBridge.Server.Tests.Endpoints;

public sealed class EmbeddingsTests
{
    [Theory]
    [InlineData("float", "[1.5,-2]")]
    [InlineData("base64", "\"AADAPwAAAMA=\"")]
    public async Task Vectors_come_as_numbers_or_base64(string format, string expected)
    {
        ScriptedBackend backend = ServerFixture.Saying("x");
        backend.Embed = request => new EmbeddingResult(
            request.Model, [.. request.Inputs.Select(_ => new ReadOnlyMemory<float>([1.5f, -2f]))],
                new TokenUsage(3, null, null));
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        (HttpStatusCode status, JsonElement body) = await server.PostJsonAsync(
            "/v1/embeddings", $$"""{"model":"m","input":["a",[1,2]],"encoding_format":"{{format}}"}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal([expected, expected], body.GetProperty("data").EnumerateArray()
            .Select(one => one.GetProperty("embedding").GetRawText()));
        Assert.Equal(("e0", 3),
            (body.GetProperty("engine").GetString(),
            body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32()));
    }
}
