using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>
/// Cuts a chunk with several tokens into one per token, since vLLM sends one token an event where a fast engine in
/// process gives many at once. Text goes with the token whose own text it begins with; what belongs to no token alone
/// goes with the last.
/// </summary>
internal static class ChunkSplitter
{
    public static IEnumerable<InferenceChunk> Split(InferenceChunk chunk)
    {
        if (chunk.TokenIds.Length < 2 || chunk.Logprobs?.Count != chunk.TokenIds.Length)
        {
            return [chunk];
        }

        var parts = new InferenceChunk[chunk.TokenIds.Length];
        string rest = chunk.Text ?? "";
        for (int i = 0; i < parts.Length; i++)
        {
            bool isLast = i == parts.Length - 1;
            string own = chunk.Logprobs[i].Token ?? "";
            string text = isLast ? rest : rest.StartsWith(own, StringComparison.Ordinal) ? own : "";
            rest = rest[text.Length..];
            parts[i] = new InferenceChunk
            {
                TokenIds = chunk.TokenIds.Slice(i, 1),
                Logprobs = [chunk.Logprobs[i]],
                Text = text,
                Start = i == 0 ? chunk.Start : null,
                Reasoning = isLast ? chunk.Reasoning : null,
                ToolCalls = isLast ? chunk.ToolCalls : null,
                End = isLast ? chunk.End : null,
            };
        }

        return parts;
    }
}
