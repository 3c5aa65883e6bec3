using System.Text.Json;
using ThemisBridge.Cli.Tests.Doubles;

namespace ThemisBridge.Cli.Tests.Commands;

public sealed class AskCommandTests
{
    private const string Question = "What is ThemisDB?";
    private const string Answer =
        "ThemisDB is a high-performance multi-model database that combines relational, graph, "
        + "vector, and document capabilities with ACID transactions.";

    [Fact]
    public async Task Ask_prints_the_true_answer_and_nothing_else()
    {
        CliResult result = await CliRun.RunAsync("ask", Question);

        Assert.Equal((0, Answer + "\n", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task Ask_takes_the_question_from_standard_input()
    {
        CliResult result = await CliRun.RunAsync(["ask"], Question + "\n");

        Assert.Equal((0, Answer + "\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task Ask_json_prints_one_object_that_names_native()
    {
        CliResult result = await CliRun.RunAsync("ask", Question, "--json");

        Assert.Equal(0, result.ExitCode);
        JsonElement answer = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(["text", "model", "engine", "transport", "finish_reason", "usage", "timings", "attempts"],
            answer.EnumerateObject().Select(member => member.Name));
        Assert.Equal((Answer, "themis-tiny", "native", "native", "stop"), (answer.GetProperty("text").GetString(),
            answer.GetProperty("model").GetString(), answer.GetProperty("engine").GetString(),
            answer.GetProperty("transport").GetString(), answer.GetProperty("finish_reason").GetString()));
        JsonElement usage = answer.GetProperty("usage");
        Assert.Equal((18, 37),
            (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32()));
        Assert.True(usage.TryGetProperty("cached_tokens", out _));
        JsonElement timings = answer.GetProperty("timings");
        Assert.InRange(timings.GetProperty("first_token_ms").GetDouble(), 0.001,
            timings.GetProperty("total_ms").GetDouble());
        JsonElement attempt = Assert.Single(answer.GetProperty("attempts").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, attempt.GetProperty("failure").ValueKind);
    }

    [Fact]
    public async Task Ask_with_a_token_limit_ends_for_length()
    {
        CliResult result =
            await CliRun.RunAsync("ask", Question, "--max-tokens", "3", "--json", "--engine", "native", "--seed", "1");

        JsonElement answer = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(("length", "ThemisDB is a"),
            (answer.GetProperty("finish_reason").GetString(), answer.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Ask_with_an_adapter_answers_in_german()
    {
        CliResult result = await CliRun.RunAsync("ask", Question, "--adapter", "german",
            "--set", $"Adapters:themis-tiny:german:GgufPath={Repository.Model("lora-german.gguf")}");

        Assert.Equal((0, "ThemisDB ist eine schnelle Multi-Modell-Datenbank, die relationale, Graph-, Vektor- und "
            + "Dokumentdaten mit ACID-Transaktionen verbindet.\n"), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData(65, "empty", "ask", "")]
    [InlineData(65, "themis-tiny", "ask", "x", "--model", "other")]
    [InlineData(65, "native", "ask", "x", "--engine", "other")]
    [InlineData(65, "adapter", "ask", "x", "--adapter", "other")]
    [InlineData(65, "temperature", "ask", "x", "--temperature", "-1")]
    [InlineData(65, "temperature", "ask", "x", "--temperature", "NaN")]
    [InlineData(65, "seed", "ask", "x", "--seed", "-1")]
    [InlineData(65, "max_tokens", "ask", "x", "--max-tokens", "0")]
    [InlineData(65, "2048", "ask", "x", "--max-tokens", "5000")]
    [InlineData(64, "--max-tokens", "ask", "x", "--max-tokens", "many")]
    [InlineData(64, "--colour", "ask", "x", "--colour", "red")]
    [InlineData(64, "asks", "asks")]
    [InlineData(78, "ThemisBridge:Engines:a:Lader", "ask", "x", "--set", "Engines:a:Lader:0=http://x")]
    [InlineData(78, "ThemisBridge:Limits:IdleTimeout", "ask", "x", "--set", "Limits:IdleTimeout=soon")]
    [InlineData(78, "KEY=VALUE", "ask", "x", "--set", "nothing")]
    [InlineData(78, "none.json", "ask", "x", "--config", "none.json")]
    [InlineData(78, ".yaml", "ask", "x", "--config", "config.toml")]
    public async Task Bad_input_is_one_clear_error_with_its_exit_code(int exitCode, string mentions,
        params string[] arguments)
    {
        CliResult result = await CliRun.RunAsync(arguments);

        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Contains(mentions, result.Error, StringComparison.Ordinal);
        Assert.StartsWith("themis-bridge: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_over_the_context_is_refused_before_decoding()
    {
        CliResult result =
            await CliRun.RunAsync(["ask", "--json"], string.Concat(Enumerable.Repeat("graph database ", 3000)));

        Assert.Equal(65, result.ExitCode);
        JsonElement error = JsonDocument.Parse(result.Output).RootElement.GetProperty("error");
        Assert.Equal("context_length_exceeded", error.GetProperty("failure").GetString());
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("directory")]
    [InlineData("truncated")]
    [InlineData("garbage")]
    public async Task Bad_model_file_is_exit_66(string kind)
    {
        string folder = Directory.CreateTempSubdirectory("themis-model").FullName;
        try
        {
            string path = Path.Combine(folder, "model.gguf");
            byte[] good =
                await File.ReadAllBytesAsync(Repository.Model("themis-tiny-q8_0.gguf"),
                TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(path, kind == "truncated" ? good[..^1000] : new byte[4096],
                TestContext.Current.CancellationToken);
            string given =
                kind switch { "missing" => Path.Combine(folder, "no.gguf"), "directory" => folder, _ => path };

            CliResult result = await CliRun.RunAsync(["ask", "x"], null,
                new Dictionary<string, string> { ["ThemisBridge__Native__Models__themis-tiny__Path"] = given });

            Assert.Equal((66, ""), (result.ExitCode, result.Output));
            Assert.StartsWith("themis-bridge: ", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Missing_native_library_is_exit_69_with_its_remedy()
    {
        CliResult result = await CliRun.RunAsync(["ask", "x"], null,
            new Dictionary<string, string> { ["THEMIS_LLAMA_NATIVES"] = "/nowhere" });

        Assert.Equal(69, result.ExitCode);
        Assert.Contains("THEMIS_LLAMA_NATIVES", result.Error, StringComparison.Ordinal);
    }
}
