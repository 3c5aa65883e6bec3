namespace ThemisBridge.Wire.Content;

/// <summary>What HELLO says beside its numbers.</summary>
public sealed record HelloContent
{
    /// <summary>Name and version of the program.</summary>
    public string? Software { get; init; }

    /// <summary>Its process id.</summary>
    public int? Pid { get; init; }

    /// <summary>A client's bearer token.</summary>
    public string? Token { get; init; }

    /// <summary>A listener's: name and version of what makes tokens.</summary>
    public string? Engine { get; init; }

    /// <summary>A listener's: the most stop strings it takes.</summary>
    public int? MaxStopStrings { get; init; }

    /// <summary>A listener's: the most alternatives per token it reports.</summary>
    public int? MaxLogprobs { get; init; }

    /// <summary>A listener's: what it serves.</summary>
    public IReadOnlyList<ModelContent>? Models { get; init; }

    /// <summary>Never the token.</summary>
    public override string ToString() => $"{Software} (process {Pid})";
}
