using ThemisBridge.Core.Failures;

namespace ThemisBridge.Tokenization.Vocabularies.Normalizing;

/// <summary>
/// What is left of the characters that rewriting may add: a few steps that each double a text would fill any memory.
/// </summary>
/// <param name="fault">Makes the exception for going beyond.</param>
internal sealed class TextGrowth(Func<BridgeException> fault)
{
    private long _left;

    /// <summary>Starts anew with so many characters.</summary>
    public void Allow(long characters) => _left = characters;

    /// <summary>Counts characters that are about to be added.</summary>
    public void Add(long characters)
    {
        _left -= characters;
        if (_left < 0)
        {
            throw fault();
        }
    }

    /// <summary>Replaces a string wherever it occurs, after counting what that adds.</summary>
    public string Replace(string text, string pattern, string content)
    {
        if (content.Length > pattern.Length)
        {
            Add((long)text.AsSpan().Count(pattern) * (content.Length - pattern.Length));
        }

        return text.Replace(pattern, content, StringComparison.Ordinal);
    }
}
