using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Requests;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>One sequence of a call and what has been generated for it.</summary>
internal sealed class Sequence(GenerationCall call, int index)
{
    /// <summary>Its place among the choices: prompts first, then the sequences of each.</summary>
    public int Index => index;

    public int PromptIndex => index / call.Count;

    /// <summary>Its number among the sequences of its prompt.</summary>
    public int Number => index % call.Count;

    public CallPrompt Prompt => call.Prompts[PromptIndex];

    /// <summary>The ids of the prompt, once known; those that the backend told where it alone knows.</summary>
    public IReadOnlyList<int>? PromptIds { get; set; } = call.Prompts[index / call.Count].Ids;

    /// <summary>How many tokens the prompt has.</summary>
    public int PromptTokens { get; set; } = call.Prompts[index / call.Count].Ids?.Length ?? 0;

    /// <summary>How many tokens have been generated.</summary>
    public int Generated { get; set; }

    /// <summary>Whether an event has been written for it.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Characters of token texts so far, from which offsets count.</summary>
    public int TextOffset { get; set; }

    /// <summary>The probabilities of its prompt, where they were asked for.</summary>
    public IReadOnlyList<TokenLogprob?>? PromptScores { get; set; }

    /// <summary>The text of the prompt's first token, which has no probability.</summary>
    public string? FirstPromptToken { get; set; }

    /// <summary>When it was counted in, when its first and its last token came; timestamps of the server's
    /// clock.</summary>
    public (long Arrived, long Admitted, long First, long Last) Times { get; set; }
}
