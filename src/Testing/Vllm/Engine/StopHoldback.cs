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

    /// <summary>What may be shown after the next piece of text.</summary>
    public string Pass(string text, bool isLast)
    {
        string all = _held + text;
        int shown = isLast ? all.Length : Math.Max(0, all.Length - _length);
        if (shown > 0 && shown < all.Length && char.IsHighSurrogate(all[shown - 1]))
        {
            shown--;
        }

        _held = all[shown..];
        return all[..shown];
    }
}
