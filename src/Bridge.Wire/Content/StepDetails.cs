using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>What a row of a STEP says that is no column.</summary>
public sealed record StepDetails
{
    /// <summary>The next characters of what a reasoning model thinks aloud, or null.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Pieces of function calls, or null.</summary>
    public IReadOnlyList<ToolPiece>? ToolCalls { get; init; }

    /// <summary>Probabilities of tokens that are known by their text, or null.</summary>
    public IReadOnlyList<LogprobContent>? Logprobs { get; init; }

    /// <summary>The JSON of what a chunk has beside its columns; empty when that is nothing.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="withLogprobs">Whether its probabilities go here.</param>
    public static byte[] Write(in InferenceChunk chunk, bool withLogprobs)
    {
        if (chunk.Reasoning is null && chunk.ToolCalls is not { Count: > 0 } && !withLogprobs)
        {
            return [];
        }

        var details = new StepDetails
        {
            Reasoning = chunk.Reasoning,
            ToolCalls = chunk.ToolCalls is { Count: > 0 } calls ? [.. calls.Select(ToolPiece.Of)] : null,
            Logprobs = withLogprobs ? [.. chunk.Logprobs!.Select(LogprobContent.Of)] : null,
        };
        return WireJson.Write(details, WireJson.Strict.StepDetails);
    }

    /// <summary>Reads one; null when the bytes are none of that form.</summary>
    /// <param name="json">The JSON.</param>
    public static StepDetails? Read(ReadOnlySpan<byte> json) =>
        WireJson.TryRead(json, WireJson.Strict.StepDetails, out StepDetails? details) ? details : null;
}
