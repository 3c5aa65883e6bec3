using ThemisBridge.Tokenization.Vocabularies.Patterns;

namespace ThemisBridge.Tokenization.Vocabularies.Splitting;

/// <summary>One step of cutting a text into the pieces that merges never cross.</summary>
/// <param name="Pattern">What is looked for.</param>
/// <param name="Behavior">What becomes of it.</param>
/// <param name="IsInverted">Whether what lies between the matches counts as the matches.</param>
internal sealed record SplitStep(PatternProgram Pattern, SplitBehavior Behavior, bool IsInverted)
{
    /// <summary>GPT-2's pattern, which Hugging Face's <c>ByteLevel</c> uses unless told otherwise.</summary>
    public const string Gpt2Pattern =
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
}
