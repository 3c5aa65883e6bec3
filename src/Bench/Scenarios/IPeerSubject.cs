using ThemisBridge.Bench.Peers;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>A subject with a far side in another process of this program.</summary>
internal interface IPeerSubject : ISubject
{
    /// <summary>Serves the far side, in the peer process, until that ends.</summary>
    /// <param name="scope">The peer's directory.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <returns>The address for the near side: one line, no tab.</returns>
    Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken);
}
