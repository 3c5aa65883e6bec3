using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Http;

/// <summary>The echo whose bodies are exactly as long as the completion's, as the transport writes it today.</summary>
internal sealed class CompletionEcho : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => "HttpClient and Kestrel echo of the same byte counts";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        HttpEcho.ServeAsync(scope, overUnixSocket: false, new byte[Completion.Answer.Length], cancellationToken);

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var size = new EchoSize(await Completion.MeasureRequestAsync(cancellationToken), Completion.Answer.Length);
        return HttpEcho.NewProbe(scope.Clock, await scope.ServeAsync(this, cancellationToken), size);
    }
}
