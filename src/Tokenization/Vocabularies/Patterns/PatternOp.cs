namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>What one <see cref="PatternStep"/> does.</summary>
internal enum PatternOp
{
    /// <summary>Take one character of the set.</summary>
    One,

    /// <summary>Take characters of the set, <c>A</c> to <c>B</c> times, giving back.</summary>
    ManyGreedy,

    /// <summary>Take characters of the set, <c>A</c> to <c>B</c> times, giving nothing back.</summary>
    ManyPossessive,

    /// <summary>
    /// Go on at <c>A</c>; on failure at <c>B</c>. With a set: straight to <c>B</c> if it lacks the next one.
    /// </summary>
    Split,

    /// <summary>Go on at <c>A</c>.</summary>
    Jump,

    /// <summary>Go on at <c>A</c> if the steps after this one match here, taking nothing.</summary>
    LookAhead,

    /// <summary>Go on at <c>A</c> if the steps after this one do not match here.</summary>
    NotAhead,

    /// <summary>Go on at <c>A</c> with what the steps after this one take, giving nothing back.</summary>
    Atomic,

    /// <summary>Go on if the text, or a line of it, ends here.</summary>
    LineEnd,

    /// <summary>The end of the pattern, of a condition or of an atomic group: it matches.</summary>
    Accept,
}
