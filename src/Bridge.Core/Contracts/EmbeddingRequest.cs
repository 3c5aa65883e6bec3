namespace ThemisBridge.Core.Contracts;

/// <summary>Texts or token sequences to turn into vectors.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>The public name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>What to embed, each a <see cref="TextPrompt"/> or a <see cref="TokenPrompt"/>; not empty.</summary>
    public required IReadOnlyList<Prompt> Inputs { get; init; }

    /// <summary>The length of the vectors, for models that can be cut; null for the model's own.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Time budgets; each one left null takes the bridge's configured value. Idle does not apply.</summary>
    public DeadlineBudgets Deadlines { get; init; } = DeadlineBudgets.Unset;

    /// <summary>The caller's id for correlation; null: the router makes one.</summary>
    public string? RequestId { get; init; }

    /// <summary>The W3C <c>traceparent</c> of the caller's span, or null for the current activity.</summary>
    public string? TraceParent { get; init; }
}
