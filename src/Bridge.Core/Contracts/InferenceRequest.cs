namespace ThemisBridge.Core.Contracts;

/// <summary>
/// One generation. Immutable; safe to share between threads and to send again. An option that is left out stays absent
/// for a backend that knows the model's own defaults, and is resolved once for every other
/// (<see cref="SamplingDefaults"/>).
/// </summary>
public sealed record InferenceRequest
{
    /// <summary>The public name of the model, as routes spell it.</summary>
    public required string Model { get; init; }

    /// <summary>What to continue: text, token ids or chat messages.</summary>
    public required Prompt Prompt { get; init; }

    /// <summary>How tokens are chosen and when to stop. Default: everything left to the model.</summary>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.Unset;

    /// <summary>The form that the output must have, or null for free text.</summary>
    public StructuredOutput? StructuredOutput { get; init; }

    /// <summary>The name of the LoRA adapter to apply, or null for the base model.</summary>
    public string? Adapter { get; init; }

    /// <summary>What the caller wants to be given beside finish reason and usage. Default: text.</summary>
    public OutputParts Output { get; init; } = OutputParts.Text;

    /// <summary>
    /// False when the caller reads the answer only when it is whole; a backend may then send one chunk. Default: true.
    /// </summary>
    public bool Stream { get; init; } = true;

    /// <summary>Scheduling priority; lower runs earlier. 0 is ordinary.</summary>
    public int Priority { get; init; }

    /// <summary>Whether the engine may use, and add to, its prefix cache. Default: yes.</summary>
    public CachePolicy CachePolicy { get; init; }

    /// <summary>
    /// Whose request it is. Tenants never share prefix-cache entries in an engine that can separate them. Null:
    /// nobody's.
    /// </summary>
    public string? Tenant { get; init; }

    /// <summary>Time budgets; each one left null takes the bridge's configured value.</summary>
    public DeadlineBudgets Deadlines { get; init; } = DeadlineBudgets.Unset;

    /// <summary>
    /// The caller's id for correlation, at most <see cref="RequestLimits.MaxRequestIdLength"/> visible ASCII
    /// characters.
    /// Null: the router makes one. A backend sees the router's attempt id here, never the caller's own.
    /// </summary>
    public string? RequestId { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the caller's span, or null for the current activity.</summary>
    public string? TraceParent { get; init; }
}
