using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Tests;

/// <summary>Cannot be opened.</summary>
internal sealed class BrokenSubject(Exception exception) : ISubject
{
    public string Name => "broken";

    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromException<IProbe>(exception);
}
