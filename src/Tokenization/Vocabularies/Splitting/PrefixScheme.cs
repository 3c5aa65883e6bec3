namespace ThemisBridge.Tokenization.Vocabularies.Splitting;

/// <summary>Which stretches of text get a space before them.</summary>
internal enum PrefixScheme
{
    /// <summary>None.</summary>
    Never,

    /// <summary>The one that begins the prompt.</summary>
    First,

    /// <summary>Every one.</summary>
    Always,
}
