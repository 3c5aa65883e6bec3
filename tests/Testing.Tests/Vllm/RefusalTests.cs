using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>Values that both dialects refuse by name, beside the recorded refusals.</summary>
public sealed class RefusalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<VllmDialect, string> Values => new(
        [VllmDialect.Python, VllmDialect.Rust],
        [
            "\"prompt\":\"a\",\"n\":0|n must be at least 1, got 0.",
            "\"prompt\":\"a\",\"n\":-1|n must be at least 1, got -1.",
            "\"prompt\":\"a\",\"n\":16385|n must be at most 16384, got 16385.",
            "\"prompt\":\"a\",\"n\":2000000000|n must be at most 16384, got 2000000000.",
            "\"prompt\":[]|You must pass at least one prompt",
            "\"prompt\":\"a\",\"stop\":\"\"|stop cannot contain an empty string.",
            "\"prompt\":\"a\",\"stop\":\"\",\"stream\":true|stop cannot contain an empty string.",
        ]);

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Value_out_of_range_is_refused_by_name(VllmDialect dialect, string valueAndMessage)
    {
        string[] parts = valueAndMessage.Split('|');
        await using VllmDouble server = VllmDouble.Start(
            ScriptedBackend.Saying("e", "m", "hi"), new() { Dialect = dialect });

        RawAnswer answer = await RawClient.AskAsync(
            server, RawClient.Post("/v1/completions", $"{{\"model\":\"m\",{parts[0]}}}"), Token);

        Assert.Equal(400, answer.Status);
        Assert.Contains(parts[1], answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rust_dialect_refuses_tools_by_name()
    {
        ScriptedBackend backend = ScriptedBackend.Saying("e", "m", "hi",
            BackendFeatures.Generate | BackendFeatures.RendersChat | BackendFeatures.TextOutput
            | BackendFeatures.Tools);
        await using VllmDouble server = VllmDouble.Start(
            backend, new() { Dialect = VllmDialect.Rust, EnableTools = true });

        RawAnswer answer = await RawClient.AskAsync(server, RawClient.Post("/v1/chat/completions", """
            {"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f"}}]}
            """), Token);

        Assert.Equal(400, answer.Status);
        Assert.Contains("\"param\":\"tools\"", answer.Text, StringComparison.Ordinal);
    }
}
