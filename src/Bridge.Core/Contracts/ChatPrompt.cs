namespace ThemisBridge.Core.Contracts;

/// <summary>A prompt as chat messages, rendered by the model's chat template where the model is.</summary>
/// <param name="Messages">The messages in order; not empty.</param>
public sealed record ChatPrompt(IReadOnlyList<PromptMessage> Messages) : Prompt
{
    /// <summary>The functions that the model may call; empty for none.</summary>
    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    /// <summary>Whether and which tool the model must call. Null: the engine's default (auto when there are
    /// tools).</summary>
    public ToolChoice? ToolChoice { get; init; }

    /// <summary>
    /// Whether to end the prompt with the start of an assistant message. Default: true. Cannot be combined with
    /// <see cref="ContinueFinalMessage"/>.
    /// </summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Whether the model continues the last message instead of answering it. Default: false.</summary>
    public bool ContinueFinalMessage { get; init; }
}
