namespace ThemisBridge.Core.Contracts;

/// <summary>What a caller wants to be given of an answer. Finish reason and usage come always.</summary>
[Flags]
public enum OutputParts
{
    /// <summary>Finish reason and usage alone.</summary>
    None = 0,

    /// <summary>The generated text.</summary>
    Text = 1,

    /// <summary>The generated token ids, the end token included.</summary>
    TokenIds = 2,

    /// <summary>The prompt's token ids, in the first chunk.</summary>
    PromptTokenIds = 4,
}
