using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Vocabularies;

/// <summary>
/// A model's tokens: text to ids and ids to bytes. Implementations are immutable and safe for any number of threads.
/// </summary>
public interface IVocabulary
{
    /// <summary>One more than the highest id. Ids below it may be unassigned; those stand for nothing.</summary>
    int Count { get; }

    /// <summary>
    /// The ids of a text. Special tokens are recognised in trusted characters alone; the text between two of them is
    /// encoded as one, whoever wrote it, so that harmless text gets the engine's ids.
    /// </summary>
    /// <param name="text">The text; well-formed UTF-16.</param>
    /// <param name="addSpecialTokens">Whether to add what the model wants around a text, such as BOS. Chat templates
    /// write their own: false there.</param>
    /// <returns>The ids; the caller's own.</returns>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>: the text has a lone
    /// surrogate.</exception>
    int[] Encode(TracedText text, bool addSpecialTokens);

    /// <summary>The bytes of text that an id stands for; often no whole characters.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The bytes, valid as long as the vocabulary; empty for an unassigned id.</returns>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>: the id is negative or not below
    /// <see cref="Count"/>.</exception>
    ReadOnlySpan<byte> GetBytes(int id);

    /// <summary>Whether an id steers the model and is left out of answers unless asked for.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="BridgeException">As <see cref="GetBytes"/>.</exception>
    bool IsSpecial(int id);

    /// <summary>The piece as the model's files spell it (<c>Ġis</c>), or null for an unassigned id.</summary>
    /// <param name="id">The id.</param>
    /// <exception cref="BridgeException">As <see cref="GetBytes"/>.</exception>
    string? GetPiece(int id);

    /// <summary>Finds the id of a piece.</summary>
    /// <param name="piece">The piece as the model's files spell it.</param>
    /// <param name="id">Its id.</param>
    /// <returns>Whether there is such a piece.</returns>
    bool TryGetId(string piece, out int id);

    /// <summary>The text of ids, as engines show it: bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <exception cref="BridgeException">As <see cref="GetBytes"/>.</exception>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens);
}
