using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary>Usage as the Rust front end spells it.</summary>
internal static class RustUsageLines
{
    public static JsonLine Add(JsonLine line, params IReadOnlyList<Sequence> sequences) =>
        UsageLines.Counts(line.Name("usage").Open(), sequences).Null("prompt_tokens_details")
            .Name("completion_tokens_details").Open().Field("reasoning_tokens", 0).Close().Close();
}
