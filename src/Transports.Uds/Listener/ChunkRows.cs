using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Content;

namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>
/// A chunk on its way into rows: as one where credit and sizes permit, else piece by piece. The whole text of a piece
/// goes with its first ids; only concatenations have to match.
/// </summary>
internal struct ChunkRows
{
    private const int MostIds = 2048;
    private const int MostCharacters = 8192;

    private readonly ReadOnlyMemory<int> _ids;
    private readonly string _text;
    private readonly IReadOnlyList<TokenLogprob>? _logprobs;
    private byte[] _details;
    private int _sentIds;
    private int _sentText;

    public ChunkRows(in InferenceChunk chunk)
    {
        _ids = chunk.TokenIds;
        _text = chunk.Text ?? "";
        bool hasLogprobs = chunk.Logprobs is { Count: > 0 };
        bool areKnownById = hasLogprobs && AreKnownById(chunk);
        _logprobs = areKnownById ? chunk.Logprobs : null;
        _details = StepDetails.Write(chunk, withLogprobs: hasLogprobs && !areKnownById);
    }

    /// <summary>Adds rows until everything is said or the credit is used up.</summary>
    /// <returns>Whether everything is said.</returns>
    public bool TryAdd(ListenerConnection connection, uint handle)
    {
        while (_sentIds < _ids.Length || _sentText < _text.Length || _details.Length > 0)
        {
            int ids = Math.Min(_ids.Length - _sentIds, _logprobs is null ? MostIds : MostIds / 16);
            int characters = Math.Min(_text.Length - _sentText, MostCharacters);
            if (characters > 1 && characters < _text.Length - _sentText
                && char.IsHighSurrogate(_text[_sentText + characters - 1]))
            {
                characters--;
            }

            ReadOnlySpan<char> text = _text.AsSpan(_sentText, characters);
            int taken = connection.AddRow(handle, _ids.Slice(_sentIds, ids), text, _details, Logprobs(ids));
            if (taken < 0)
            {
                return false;
            }

            _sentIds += taken;
            _sentText += characters;
            _details = [];
        }

        return true;
    }

    // A token that is known by its text alone, and a list that is not one entry per id, go into the details.
    private static bool AreKnownById(in InferenceChunk chunk)
    {
        IReadOnlyList<TokenLogprob> logprobs = chunk.Logprobs!;
        ReadOnlySpan<int> ids = chunk.TokenIds.Span;
        bool are = logprobs.Count == ids.Length;
        for (int i = 0; are && i < ids.Length; i++)
        {
            are = logprobs[i].TokenId == ids[i] && logprobs[i].Token is null
                && logprobs[i].Top.All(top => top is { TokenId: not null, Token: null });
        }

        return are;
    }

    private readonly ArraySegment<TokenLogprob>? Logprobs(int count)
    {
        if (_logprobs is null)
        {
            return null;
        }

        return _logprobs is TokenLogprob[] array
            ? new ArraySegment<TokenLogprob>(array, _sentIds, count)
            : new ArraySegment<TokenLogprob>([.. _logprobs.Skip(_sentIds).Take(count)]);
    }
}
