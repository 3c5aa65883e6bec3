namespace ThemisBridge.Core.Contracts;

/// <summary>The probability of one generated token.</summary>
/// <param name="TokenId">The token, or null when the engine tells only its text.</param>
/// <param name="Token">Its text, or null when the engine tells only its id.</param>
/// <param name="Logprob">The natural logarithm of its probability.</param>
public sealed record TokenLogprob(int? TokenId, string? Token, float Logprob)
{
    /// <summary>The likeliest tokens at this place, best first; as many as were asked for.</summary>
    public IReadOnlyList<TokenLogprob> Top { get; init; } = [];
}
