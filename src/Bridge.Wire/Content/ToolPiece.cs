using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>A piece of a function call in a stream.</summary>
public sealed record ToolPiece
{
    /// <summary>The call's position among the calls of the answer.</summary>
    public required int Index { get; init; }

    /// <summary>The call's id; in its first piece.</summary>
    public string? Id { get; init; }

    /// <summary>The function's name; in its first piece.</summary>
    public string? Name { get; init; }

    /// <summary>The next characters of the arguments.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>For the wire.</summary>
    /// <param name="delta">The piece.</param>
    public static ToolPiece Of(ToolCallDelta delta) =>
        new() { Index = delta.Index, Id = delta.Id, Name = delta.Name, Arguments = delta.Arguments };

    /// <summary>From the wire.</summary>
    public ToolCallDelta ToDelta() => new(Index, Id, Name, Arguments);
}
