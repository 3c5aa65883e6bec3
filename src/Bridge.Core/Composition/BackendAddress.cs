namespace ThemisBridge.Core.Composition;

/// <summary>One rung of an engine's ladder, for the factory that makes its backend.</summary>
/// <param name="Engine">The engine's configured name.</param>
/// <param name="Scheme">What stands before the colon: <c>http</c>, <c>frames+unix</c>, <c>native</c>.</param>
/// <param name="Address">The whole address as configured.</param>
public sealed record BackendAddress(string Engine, string Scheme, string Address)
{
    /// <summary>Takes an address apart.</summary>
    /// <param name="engine">The engine's configured name.</param>
    /// <param name="address">The address as configured.</param>
    /// <param name="result">The parts, or null when there is no scheme.</param>
    public static bool TryParse(string engine, string address, out BackendAddress? result)
    {
        int colon = address.IndexOf(':', StringComparison.Ordinal);
        result = colon <= 0 || !Uri.CheckSchemeName(address[..colon])
            ? null
            : new BackendAddress(engine, address[..colon].ToLowerInvariant(), address);
        return result is not null;
    }
}
