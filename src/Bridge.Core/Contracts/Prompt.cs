namespace ThemisBridge.Core.Contracts;

/// <summary>What a model is asked to continue: <see cref="TextPrompt"/>, <see cref="TokenPrompt"/> or
/// <see cref="ChatPrompt"/>; nothing else.</summary>
public abstract record Prompt
{
    private protected Prompt()
    {
    }
}
