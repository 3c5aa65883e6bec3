using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The floor under spinning shared memory: a ring each way and both sides spin. The peer spins only during this probe's
/// own blocks and sleeps on a futex between them, because it would take the core from the others.
/// </summary>
internal sealed class SpinPingPong : IPeerSubject
{
    private const int ActiveWordAt = 0;
    private const int RequestsAt = 4096;
    private const int RepliesAt = RequestsAt + RawRing.Bytes;
    private const int RegionBytes = RepliesAt + RawRing.Bytes;

    /// <summary>Spins between two looks at whether to go on.</summary>
    private const int SpinsPerLook = 4096;

    private static readonly EchoSize Size = EchoSize.Ids;

    /// <inheritdoc/>
    public string Name => "raw spin ring ping-pong";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("map");
        var region = MappedRegion.Create(path, RegionBytes);
        new Thread(() => Serve(region)) { IsBackground = true, Name = Name }.Start();
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        new Probe(scope.Clock, MappedRegion.Adopt(await scope.ServeAsync(this, cancellationToken), RegionBytes));

    /// <summary>Answers until the process ends.</summary>
    private static unsafe void Serve(MappedRegion region)
    {
        var active = (uint*)(region.Pointer + ActiveWordAt);
        var requests = new RawRing(region, RequestsAt);
        var replies = new RawRing(region, RepliesAt);
        var request = new byte[Size.Request];
        var reply = new byte[Size.Reply];
        while (true)
        {
            while (Volatile.Read(ref *active) == 0)
                Futex.Wait(active, 0);
            for (var spins = 0; spins < SpinsPerLook; spins++)
            {
                if (requests.TryRead(request, out _))
                    replies.TryWrite(reply);
                else
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

    private sealed unsafe class Probe(TimeProvider clock, MappedRegion region) : SyncProbe(clock)
    {
        private readonly RawRing _requests = new(region, RequestsAt);
        private readonly RawRing _replies = new(region, RepliesAt);
        private readonly byte[] _request = new byte[Size.Request];
        private readonly byte[] _reply = new byte[Size.Reply];

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
            _requests.TryWrite(_request);
            for (var spins = 0; !_replies.TryRead(_reply, out _); spins++)
            {
                if (spins % SpinsPerLook == SpinsPerLook - 1)
                    cancellationToken.ThrowIfCancellationRequested();
                Pause();
            }
        }
    }
}
