using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Contracts;

/// <summary>What the first chunk tells of an answer.</summary>
public sealed record GenerationStart
{
    /// <summary>The model that answers: a backend gives the served name, the router the public one.</summary>
    public required string Model { get; init; }

    /// <summary>The configured name of the engine that answers. Filled by the router.</summary>
    public string Engine { get; init; } = "";

    /// <summary>The kind of transport it is reached over (<c>native</c> in process). Filled by the router.</summary>
    public string Transport { get; init; } = "";

    /// <summary>The prompt's token ids, when asked for and known; otherwise empty. The caller may keep them.</summary>
    public ReadOnlyMemory<int> PromptTokenIds { get; init; }

    /// <summary>The seed in effect, or null when the engine does not tell or nothing is random.</summary>
    public int? Seed { get; init; }

    /// <summary>The id of the attempt that answers, <c>{request}-{n}</c>. Filled by the router.</summary>
    public string RequestId { get; init; } = "";

    /// <summary>The engine's own id for the answer, or null.</summary>
    public string? EngineRequestId { get; init; }

    /// <summary>Every attempt of the request up to the one that answers. Filled by the router.</summary>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];
}
