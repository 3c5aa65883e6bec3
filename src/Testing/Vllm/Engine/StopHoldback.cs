namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>
/// Holds text back as vLLM does while stop strings are looked for: always the length of the longest one less one
/// character, whatever the text is, so that the text of an event does not belong to its ids.
/// </summary>
/// <param name="stops">The stop strings.</param>
/// <param name="includesStop">Nothing is held back where the stop string stays in the text.</param>
internal sealed class StopHoldback(IReadOnlyList<string> stops, bool includesStop)
{
    private readonly int _length = includesStop || stops.Count == 0 ? 0 : stops.Max(stop => stop.Length) - 1;
    private string _held = "";
    private string _made = "";

    /// <summary>What may be shown after the next piece of text.</summary>
    /// <param name="text">What the backend gives, which may hold back the beginning of a stop string itself.</param>
    /// <param name="made">The texts of the piece's tokens, from whose end vLLM counts; null where nobody knows.</param>
    /// <param name="isLast">Whether this is all.</param>
    public string Pass(string text, string? made, bool isLast)
    {
        string all = _held + text;
        _made += made ?? text;
        if (!_made.StartsWith(all, StringComparison.Ordinal))
        {
            // Tokens of half a character, or none that are shown.
            _made = all;
        }

        int shown = isLast ? all.Length : Math.Clamp(_made.Length - _length, 0, all.Length);
        if (shown > 0 && shown < all.Length && char.IsHighSurrogate(all[shown - 1]))
        {
            shown--;
        }

        (_held, _made) = (all[shown..], _made[shown..]);
        return all[..shown];
    }
}
