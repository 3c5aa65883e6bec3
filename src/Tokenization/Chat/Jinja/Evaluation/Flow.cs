namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>How a list of statements ended.</summary>
internal enum Flow
{
    /// <summary>At its end.</summary>
    Done,

    /// <summary>At a <c>break</c>.</summary>
    Break,

    /// <summary>At a <c>continue</c>.</summary>
    Continue,
}
