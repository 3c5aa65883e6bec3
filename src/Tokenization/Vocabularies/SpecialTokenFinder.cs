using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Text;
using ThemisBridge.Tokenization.Vocabularies.Added;

namespace ThemisBridge.Tokenization.Vocabularies;

/// <summary>
/// Finds special tokens in traced text, for engines that encode what lies between with a vocabulary of their own: the
/// leftmost first, of those the longest, and only where all of its characters are trusted. Immutable.
/// </summary>
public sealed class SpecialTokenFinder
{
    private readonly AddedTokenFinder _finder;

    /// <summary>Creates a finder.</summary>
    /// <param name="tokens">The special tokens by spelling; no empty ones.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidModelFile"/>: an empty token.</exception>
    public SpecialTokenFinder(IReadOnlyDictionary<string, int> tokens)
    {
        if (tokens.ContainsKey(""))
        {
            throw ModelFileFault.Of("vocabulary", "an empty special token");
        }

        _finder = new AddedTokenFinder(
            tokens.Select(pair => new AddedToken(pair.Value, pair.Key) { IsSpecial = true }));
    }

    /// <summary>Finds the first special token at or after a position.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">The UTF-16 unit to start at.</param>
    /// <param name="id">The token's id.</param>
    /// <param name="start">Its first UTF-16 unit.</param>
    /// <param name="length">How many UTF-16 units it has.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(TracedText text, int from, out int id, out int start, out int length)
    {
        var found = _finder.TryFind(text.Value, (text, 0), from, out var match);
        (id, start, length) = (match.Id, match.Start, match.End - match.Start);
        return found;
    }
}
