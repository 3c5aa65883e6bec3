namespace ThemisBridge.Transports.Http.Requests;

/// <summary>How a server spells what servers spell differently.</summary>
/// <param name="Server">What kind it is.</param>
internal readonly record struct HttpDialect(HttpServerKind Server);
