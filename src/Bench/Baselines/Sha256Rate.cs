using System.Security.Cryptography;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>How fast one core hashes: the floor under importing and verifying weights.</summary>
internal sealed class Sha256Rate : ISubject
{
    private const int Bytes = 1024 * 1024;

    /// <inheritdoc/>
    public string Name => "SHA-256";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IProbe>(new Probe(scope.Clock));

    private sealed class Probe(TimeProvider clock) : SyncProbe(clock)
    {
        private readonly byte[] _data = new byte[Bytes];
        private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];

        protected override void Operate(CancellationToken cancellationToken) => SHA256.HashData(_data, _hash);

        protected override double ToUnit(double seconds) => Bytes / seconds / 1e9;
    }
}
