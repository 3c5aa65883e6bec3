namespace ThemisBridge.Tokenization.Vocabularies.Patterns;

/// <summary>One step of a <see cref="PatternProgram"/>.</summary>
internal readonly record struct PatternStep(PatternOp Op, int A = 0, int B = 0, CharSet? Set = null);
