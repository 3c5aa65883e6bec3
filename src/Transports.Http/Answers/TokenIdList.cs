using System.Text.Json;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Token ids in memory that is used again for every event.</summary>
internal sealed class TokenIdList
{
    private const int MaxKept = 1024;
    private int[] _ids = [];

    /// <summary>Whether the server gave a list at all: an empty list is one, null is none.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The ids; valid until the next <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<int> Memory => _ids.AsMemory(0, Count);

    public void Clear()
    {
        // The ids of a long prompt come once.
        _ids = _ids.Length > MaxKept ? [] : _ids;
        Count = 0;
        IsPresent = false;
    }

    /// <summary>Reads a list of ids, or null.</summary>
    /// <exception cref="JsonException">It is something else, or an id is negative.</exception>
    public void Read(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("A list of token ids was expected.");
        }

        IsPresent = true;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out int id) || id < 0)
            {
                throw new JsonException("A token id is not a number from 0 to 2147483647.");
            }

            if (Count == _ids.Length)
            {
                Array.Resize(ref _ids, Math.Max(16, Count * 2));
            }

            _ids[Count++] = id;
        }
    }
}
