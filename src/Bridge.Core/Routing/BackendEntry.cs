using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Health;

namespace ThemisBridge.Core.Routing;

/// <summary>One rung of an engine's ladder as the router sees it.</summary>
internal sealed class BackendEntry(string engine, IInferenceBackend backend, TimeProvider time)
{
    /// <summary>The engine's configured name.</summary>
    public string Engine { get; } = engine;

    public IInferenceBackend Backend { get; } = backend;

    public PassiveHealth Health { get; } = new(time);

    public BackendDescriptor Descriptor => Backend.Descriptor;
}
