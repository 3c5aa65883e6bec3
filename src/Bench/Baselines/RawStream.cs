using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The ceiling of a ring's throughput: records one way through the least ring that works, both sides spinning. The peer
/// spins only during this probe's own blocks.
/// </summary>
/// <param name="size">Which records.</param>
internal sealed class RawStream(StreamSize size) : IPeerSubject
{
    private const int ActiveWordAt = 0;
    private const int RecordsAt = 4096;
    private const int RegionBytes = RecordsAt + RawRing.Bytes;
    private const int SpinsPerLook = 4096;

    /// <inheritdoc/>
    public string Name => $"raw ring, records of {size.RecordBytes} bytes";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("map");
        var region = MappedRegion.Create(path, RegionBytes);
        new Thread(() => Serve(region)) { IsBackground = true, Name = Name }.Start();
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) => new Probe(
        scope.Clock, size, MappedRegion.Adopt(await scope.ServeAsync(this, cancellationToken), RegionBytes));

    /// <summary>Takes records until the process ends.</summary>
    private unsafe void Serve(MappedRegion region)
    {
        var active = (uint*)(region.Pointer + ActiveWordAt);
        var records = new RawRing(region, RecordsAt);
        var record = new byte[size.RecordBytes];
        while (true)
        {
            while (Volatile.Read(ref *active) == 0)
                Futex.Wait(active, 0);
            for (var spins = 0; spins < SpinsPerLook; spins++)
            {
                if (!records.TryRead(record, out _))
                    Pause();
            }
        }
    }

    private static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else if (ArmBase.IsSupported)
            ArmBase.Yield();
    }

    private sealed unsafe class Probe(TimeProvider clock, StreamSize size, MappedRegion region) : SyncProbe(clock)
    {
        private readonly RawRing _records = new(region, RecordsAt);
        private readonly byte[] _record = new byte[size.RecordBytes];

        protected override double ToUnit(double seconds) => size.PerSecond(seconds);

        protected override void Close() => region.Dispose();

        protected override void Begin()
        {
            var active = (uint*)(region.Pointer + ActiveWordAt);
            Volatile.Write(ref *active, 1);
            Futex.Wake(active);
        }

        protected override void End() => Volatile.Write(ref *(uint*)(region.Pointer + ActiveWordAt), 0);

        protected override void Operate(CancellationToken cancellationToken)
        {
            for (var sent = 0; sent < size.RecordsPerSample; sent++)
            {
                for (var spins = 0; !_records.TryWrite(_record); spins++)
                {
                    if (spins % SpinsPerLook == SpinsPerLook - 1)
                        cancellationToken.ThrowIfCancellationRequested();
                    Pause();
                }
            }
        }
    }
}
