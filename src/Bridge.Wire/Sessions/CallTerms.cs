using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Sessions;

/// <summary>What was agreed for a request: what may come, how much of it, and until when.</summary>
public readonly record struct CallTerms
{
    /// <summary>What was asked.</summary>
    public required RequestKind Kind { get; init; }

    /// <summary>A generation's tokens that may be sent.</summary>
    public uint Credit { get; init; }

    /// <summary>The kind of the results to come; without meaning when there are none.</summary>
    public ResultKind Result { get; init; }

    /// <summary>How many results are to come: vectors, or one.</summary>
    public int Results { get; init; }

    /// <summary>When the request must be over, as a timestamp; <see cref="long.MaxValue"/> for never.</summary>
    public required long Due { get; init; }

    /// <summary>When its first row must have come.</summary>
    public long FirstDue { get; init; } = long.MaxValue;

    /// <summary>Nothing agreed yet.</summary>
    public CallTerms()
    {
    }
}
