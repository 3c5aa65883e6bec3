using System.Diagnostics;
using System.Text.Json;
using ThemisBridge.EndToEnd.Tests.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.EndToEnd.Tests;

/// <summary>OpenAI's client from npm, in a Node process, against the server and against the double of
/// vLLM.</summary>
public sealed class NpmClientTests(TinyBridge tiny, TinyDouble engine)
    : IClassFixture<TinyBridge>, IClassFixture<TinyDouble>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAis_npm_client_is_served_plain_and_streamed_and_understands_an_error()
    {
        JsonElement seen = await AskAsync(tiny.Address);

        Assert.Equal([TinyModel.Name, TinyModel.Adapter],
            seen.GetProperty("models").EnumerateArray().Select(one => one.GetString()));
        JsonElement error = seen.GetProperty("error");
        Assert.Equal(("NotFoundError", 404, "model_not_found"), (error.GetProperty("name").GetString(),
            error.GetProperty("status").GetInt32(), error.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData(VllmDialect.Python, "404")]
    [InlineData(VllmDialect.Rust, "model_not_found")]
    public async Task OpenAis_npm_client_is_served_by_the_double_of_vllm(VllmDialect dialect, string code)
    {
        await using VllmDouble server = engine.Start("tcp", options => options with { Dialect = dialect });

        JsonElement seen = await AskAsync(server.Address);

        Assert.Equal([TinyModel.Name, TinyModel.Adapter],
            seen.GetProperty("models").EnumerateArray().Select(one => one.GetString()));
        JsonElement error = seen.GetProperty("error");
        Assert.Equal(("NotFoundError", 404, code), (error.GetProperty("name").GetString(),
            error.GetProperty("status").GetInt32(), error.GetProperty("code").ToString()));
    }

    private static async Task<JsonElement> AskAsync(Uri server)
    {
        Expected expected = TinyModel.Questions[0];
        using Process node = Process.Start(new ProcessStartInfo("node",
        [
            Path.Combine(AppContext.BaseDirectory, "Clients", "openai.mjs"), Path.Combine(TinyModel.Root, ".tools"),
            new Uri(server, "/v1").ToString(), TinyModel.Name, expected.Question,
        ])
        { RedirectStandardOutput = true })!;

        string output = await node.StandardOutput.ReadToEndAsync(Token);
        await node.WaitForExitAsync(Token);

        Assert.Equal(0, node.ExitCode);
        JsonElement seen = JsonDocument.Parse(output).RootElement;
        Assert.Equal((expected.English, expected.English),
            (seen.GetProperty("whole").GetString(), seen.GetProperty("streamed").GetString()));
        Assert.Equal(("stop", expected.EnglishIds.Length),
            (seen.GetProperty("finish_reason").GetString(), seen.GetProperty("completion_tokens").GetInt32()));
        return seen;
    }
}
