namespace ThemisBridge.Core.Contracts;

/// <summary>A piece of a function call in a stream. Pieces with the same index belong together.</summary>
/// <param name="Index">The call's position among the calls of the answer, from 0.</param>
/// <param name="Id">The call's id; in its first piece only.</param>
/// <param name="Name">The function's name; in its first piece only.</param>
/// <param name="Arguments">The next characters of the arguments' JSON; may be empty.</param>
public sealed record ToolCallDelta(int Index, string? Id, string? Name, string Arguments);
