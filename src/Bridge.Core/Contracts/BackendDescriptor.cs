namespace ThemisBridge.Core.Contracts;

/// <summary>What a backend is. A snapshot: a backend that learns more publishes a new one.</summary>
public sealed record BackendDescriptor
{
    /// <summary>The backend's id, unique in a bridge: engine and transport, such as <c>vllm-a/http</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The kind of transport: <c>http</c>, <c>grpc</c>, <c>uds</c>, <c>shm</c>, <c>native</c>,
    /// <c>bridge</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where it is, as configured. For operators: never shown to callers of a server.</summary>
    public required string Address { get; init; }

    /// <summary>What it can do.</summary>
    public required BackendCapabilities Capabilities { get; init; }

    /// <summary>The models it serves, by the names it knows them under; empty when not known.</summary>
    public IReadOnlyList<ModelDescriptor> Models { get; init; } = [];
}
