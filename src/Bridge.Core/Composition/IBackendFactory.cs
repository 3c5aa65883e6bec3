using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Composition;

/// <summary>Makes the backends of one transport. Registered by the transport's extension of
/// <see cref="IThemisBridgeBuilder"/>.</summary>
public interface IBackendFactory
{
    /// <summary>The address schemes that it understands, in lower case.</summary>
    IReadOnlyList<string> Schemes { get; }

    /// <summary>
    /// What is wrong with an address of one of its schemes, with what was expected; or null. Opens nothing.
    /// </summary>
    /// <param name="address">The address.</param>
    string? Check(BackendAddress address);

    /// <summary>
    /// Makes a backend. Connects to nothing and loads nothing yet. The bridge disposes it when it is
    /// <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/>.
    /// </summary>
    /// <param name="address">The address.</param>
    IInferenceBackend Create(BackendAddress address);
}
