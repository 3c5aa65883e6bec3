using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>One prompt of a call, in the form in which it came and, once known, as ids.</summary>
internal sealed record CallPrompt
{
    public string? Text { get; init; }

    public ChatPrompt? Chat { get; init; }

    /// <summary>The ids, or null while the backend alone knows them.</summary>
    public int[]? Ids { get; init; }

    /// <summary>How much of it vLLM would have found in its prefix cache.</summary>
    public int Cached { get; init; }

    /// <summary>How many tokens may follow it.</summary>
    public int Limit { get; init; }

    /// <summary>What the backend is given.</summary>
    public Prompt ToPrompt() =>
        Ids is not null ? new TokenPrompt(Ids) : Chat is not null ? Chat : new TextPrompt(Text!);
}
