using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>The probability of a token that is known by its text.</summary>
public sealed record LogprobContent
{
    /// <summary>Its id, or null.</summary>
    public int? Id { get; init; }

    /// <summary>Its text, or null.</summary>
    public string? Token { get; init; }

    /// <summary>The natural logarithm of its probability.</summary>
    public required float Logprob { get; init; }

    /// <summary>The likeliest tokens at its place, best first, or null.</summary>
    public IReadOnlyList<LogprobContent>? Top { get; init; }

    /// <summary>For the wire. JSON has no infinity: a probability of zero is the least number instead.</summary>
    /// <param name="logprob">The probability.</param>
    public static LogprobContent Of(TokenLogprob logprob) => new()
    {
        Id = logprob.TokenId,
        Token = logprob.Token,
        Logprob = float.IsFinite(logprob.Logprob) ? logprob.Logprob : float.MinValue,
        Top = logprob.Top.Count > 0 ? [.. logprob.Top.Select(Of)] : null,
    };

    /// <summary>From the wire.</summary>
    public TokenLogprob ToLogprob() =>
        new(Id, Token, Logprob) { Top = Top is null ? [] : [.. Top.Select(top => top.ToLogprob())] };
}
