using System.Text;

namespace ThemisBridge.Tokenization.Text;

/// <summary>Joins pieces of text and keeps the origin of every character.</summary>
internal sealed class TracedTextBuilder
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _flips = [];
    private bool _startsTrusted = true;
    private bool _trusted = true;

    public int Length => _text.Length;

    public void Append(ReadOnlySpan<char> text, bool trusted)
    {
        if (text.IsEmpty)
        {
            return;
        }

        if (_text.Length == 0)
        {
            _startsTrusted = trusted;
        }
        else if (trusted != _trusted)
        {
            _flips.Add(_text.Length);
        }

        _trusted = trusted;
        _text.Append(text);
    }

    public void Append(TracedText text) => text.AppendRunsTo(this, 0, text.Length);

    public void Append(TracedText text, int start, int length) => text.AppendRunsTo(this, start, length);

    public TracedText Build() => new(_text.ToString(), _startsTrusted, [.. _flips]);
}
