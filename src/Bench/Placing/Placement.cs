namespace ThemisBridge.Bench.Placing;

/// <summary>On which cores the two sides of a measurement run.</summary>
public enum Placement
{
    /// <summary>Both processes on one core: a wake needs no second core to leave its sleep.</summary>
    Packed,

    /// <summary>Each process on a core of its own.</summary>
    Spread,

    /// <summary>The kernel decides.</summary>
    Free,

    /// <summary>One process only, on one core. A scenario's own property; nobody can ask for it.</summary>
    Single,
}
