using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.Tests.Doubles;

/// <summary>The scheme <c>test:</c>, whose addresses name backends that a test made.</summary>
internal sealed class TestBackends(IReadOnlyDictionary<string, IInferenceBackend> backends) : IBackendFactory
{
    public IReadOnlyList<string> Schemes { get; } = ["test"];

    public string? Check(BackendAddress address) => null;

    public IInferenceBackend Create(BackendAddress address) => backends[address.Engine];
}
