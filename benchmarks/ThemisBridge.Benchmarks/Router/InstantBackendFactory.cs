using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Benchmarks.Router;

/// <summary>The scheme <c>instant:</c>.</summary>
internal sealed class InstantBackendFactory(IInferenceBackend backend) : IBackendFactory
{
    public IReadOnlyList<string> Schemes { get; } = ["instant"];

    public string? Check(BackendAddress address) => null;

    public IInferenceBackend Create(BackendAddress address) => backend;
}
