namespace ThemisBridge.Core.Contracts;

/// <summary>Text or chat to turn into token ids, as the model's engine would.</summary>
public sealed record TokenizeRequest
{
    /// <summary>The public name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>A <see cref="TextPrompt"/> or a <see cref="ChatPrompt"/>.</summary>
    public required Prompt Prompt { get; init; }

    /// <summary>
    /// Whether to add what the vocabulary puts around a text (BOS and the like). Null: as generation does, which is yes
    /// for text and no for chat, whose template writes its own.
    /// </summary>
    public bool? AddSpecialTokens { get; init; }
}
