namespace ThemisBridge.Core.Configuration;

/// <summary>
/// Says that a place in the section <c>ThemisBridge</c> is bound to a type, so that keys nobody reads fail the start.
/// </summary>
/// <param name="Path">The place below the section, with <c>*</c> for any name: <c>Engines:*:Http</c>; empty for the
/// section itself.</param>
/// <param name="Type">The type whose settable properties are the permitted keys.</param>
public sealed record OptionsKeys(string Path, Type Type);
