namespace ThemisBridge.Transports.Http.Failures;

/// <summary>Whose request failed, for the exception.</summary>
/// <param name="Backend">The backend's id.</param>
/// <param name="Route">The route that was asked, such as <c>/v1/completions</c>.</param>
internal readonly record struct FailureContext(string Backend, string Route)
{
    /// <summary>Whether the request named an adapter, which servers know as a model.</summary>
    public bool HasAdapter { get; init; }

    /// <summary>Whether the caller has been given output already.</summary>
    public bool OutputCommitted { get; init; }

    /// <summary>What the response's <c>Retry-After</c> says.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
