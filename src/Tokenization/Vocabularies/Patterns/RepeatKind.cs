namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>How a repetition shares characters with what follows it.</summary>
internal enum RepeatKind
{
    /// <summary>As many as possible, giving back one by one.</summary>
    Greedy,

    /// <summary>As few as possible, taking one more each time.</summary>
    Lazy,

    /// <summary>As many as possible, giving nothing back.</summary>
    Possessive,
}
