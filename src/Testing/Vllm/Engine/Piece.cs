using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>A piece of one sequence, as one event tells it.</summary>
internal sealed record Piece
{
    public IReadOnlyList<int> Ids { get; init; } = [];

    public string Text { get; init; } = "";

    public string? Reasoning { get; init; }

    public IReadOnlyList<TokenLogprob>? Logprobs { get; init; }

    public IReadOnlyList<ToolCallDelta> ToolCalls { get; init; } = [];

    /// <summary>In the last piece: why it ended, in vLLM's word.</summary>
    public string? Finish { get; init; }

    /// <summary>In the last piece: the stop string that matched.</summary>
    public string? StopText { get; init; }

    /// <summary>In the last piece: the stop token.</summary>
    public int? StopId { get; init; }

    /// <summary>This piece with a following one behind it.</summary>
    public Piece Join(Piece next) => next with
    {
        Ids = [.. Ids, .. next.Ids],
        Text = Text + next.Text,
        Reasoning = Reasoning is null ? next.Reasoning : Reasoning + next.Reasoning,
        Logprobs = Logprobs is null ? next.Logprobs : [.. Logprobs, .. next.Logprobs ?? []],
        ToolCalls = [.. ToolCalls, .. next.ToolCalls],
    };
}
