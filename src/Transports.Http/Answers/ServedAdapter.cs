namespace ThemisBridge.Transports.Http.Answers;

/// <summary>An adapter as <c>/v1/models</c> lists it.</summary>
/// <param name="Name">The name that requests ask for.</param>
/// <param name="Parent">The base model.</param>
/// <param name="Root">Where the server read it from; null when it does not tell.</param>
internal sealed record ServedAdapter(string Name, string Parent, string? Root);
