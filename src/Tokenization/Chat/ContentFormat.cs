namespace ThemisBridge.Tokenization.Chat;

/// <summary>What a template expects as the content of a message.</summary>
internal enum ContentFormat
{
    /// <summary>A string.</summary>
    Text,

    /// <summary>A list of parts, each a dictionary with its <c>type</c>.</summary>
    Parts,
}
