namespace ThemisBridge.Transports.Http.Answers;

/// <summary>
/// What all events of one stream begin with: id, model and the like, up to the choice. Comparing these bytes with those
/// of the event before is far cheaper than reading them as JSON once more.
/// </summary>
internal sealed class EventPrefix
{
    private const int MaxBytes = 512;
    private byte[] _bytes = [];
    private int _length;

    /// <summary>How many bytes it has; 0 when none is known.</summary>
    public int Length => _length;

    /// <summary>Whether an event begins with it.</summary>
    public bool Matches(ReadOnlySpan<byte> utf8) => _length > 0 && utf8.StartsWith(_bytes.AsSpan(0, _length));

    /// <summary>Remembers what stands before the choice of an event.</summary>
    public void Learn(ReadOnlySpan<byte> prefix)
    {
        _length = 0;
        if (prefix.Length <= MaxBytes)
        {
            if (_bytes.Length < prefix.Length)
            {
                _bytes = new byte[MaxBytes];
            }

            prefix.CopyTo(_bytes);
            _length = prefix.Length;
        }
    }
}
