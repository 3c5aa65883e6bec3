using System.Globalization;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Uds;

/// <summary>How many bytes a whole REQUEST takes per token of its prompt.</summary>
internal sealed class RequestSize : ISubject
{
    private const int Long = 8_192;
    private const int Short = 512;

    /// <inheritdoc/>
    public string Name => "size of a REQUEST";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IProbe>(new Probe());

    private static double PerToken(int tokens) => (double)FramesExchange.RequestBytes(tokens) / tokens;

    private sealed class Probe : OnceProbe
    {
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        protected override Task<(IReadOnlyList<double> Samples, IReadOnlyList<string> Notes)> MeasureAsync(
            CancellationToken cancellationToken) => Task.FromResult<(IReadOnlyList<double>, IReadOnlyList<string>)>((
                [PerToken(Long)],
                [string.Create(CultureInfo.InvariantCulture, $"{PerToken(Short):0.00} B/token with {Short} ids")]));
    }
}
