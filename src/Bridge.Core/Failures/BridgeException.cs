namespace ThemisBridge.Core.Failures;

/// <summary>
/// The one exception of ThemisBridge. Its message says what was wrong, where, and what to do. A cancelled caller gets
/// <see cref="OperationCanceledException"/> instead, never this.
/// </summary>
public sealed class BridgeException : Exception
{
    /// <summary>Creates a failure.</summary>
    /// <param name="failure">The cause.</param>
    /// <param name="stage">How far the request had come.</param>
    /// <param name="message">What was wrong, where, and what to do; never a secret, a prompt or a backend's
    /// address.</param>
    /// <param name="innerException">The platform's exception, for logs.</param>
    public BridgeException(
        BridgeFailure failure, FailureStage stage, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Failure = failure;
        Stage = stage;
    }

    /// <summary>The cause.</summary>
    public BridgeFailure Failure { get; }

    /// <summary>How far the request had come.</summary>
    public FailureStage Stage { get; }

    /// <summary>The id of the backend where it happened, or null when it happened before one was chosen.</summary>
    public string? Backend { get; init; }

    /// <summary>Whether the caller has already been given output of this request.</summary>
    public bool OutputCommitted { get; init; }

    /// <summary>
    /// The name of the request's field that is at fault, in the field's usual spelling (<c>temperature</c>), or null.
    /// </summary>
    public string? Parameter { get; init; }

    /// <summary>When the peer said after what time to come back (HTTP's Retry-After); otherwise null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether the same request may be sent to another backend without showing the caller anything twice: nothing was
    /// committed and the cause lies with the backend, not with the request.
    /// </summary>
    public bool IsRetrySafe => !OutputCommitted && FailureTable.IsBackendAtFault(Failure);

    /// <summary>The attempts made for the request, in order; empty when none was made.</summary>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];
}
