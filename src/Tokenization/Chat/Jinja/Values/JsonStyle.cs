using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>
/// How JSON is laid out. What a template takes from the conversation for it stays the conversation's.
/// </summary>
/// <param name="Indent">What each level of nesting is indented by, or null for one line.</param>
/// <param name="ItemSeparator">What stands between items.</param>
/// <param name="KeySeparator">What stands between a key and its value.</param>
/// <param name="SortsKeys">Whether keys are sorted.</param>
/// <param name="EscapesNonAscii">Whether characters beyond ASCII are escaped.</param>
internal sealed record JsonStyle(
    TracedText? Indent, TracedText ItemSeparator, TracedText KeySeparator, bool SortsKeys, bool EscapesNonAscii);
