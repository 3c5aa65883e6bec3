using System.Runtime.InteropServices;
using System.Threading.Channels;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The floor under a step frame in shared memory: a bare Python futex wake to a thread that waits for it.
/// </summary>
internal sealed class FutexNotify : ISubject
{
    private const int SlotsAt = 4096;
    private const int Slots = 1024;
    private const int RegionBytes = SlotsAt + Slots * sizeof(long);

    /// <inheritdoc/>
    public string Name => "one-way futex notice from Python, after 1 ms";

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            throw new SkippedException("the Python side orders its stores on x86-64 only");
        var path = scope.NewPath("map");
        var receiver = new Receiver(MappedRegion.Create(path, RegionBytes));
        var sender = scope.StartPython("notify.py", NotifyProbe.GapSeconds, "futex", path);
        await sender.ReadAsync(cancellationToken);
        File.Delete(path);
        return new NotifyProbe(sender, receiver.Notices, receiver, scope.Clock);
    }

    /// <summary>A thread that waits on the counter, until disposed; it then unmaps the region itself.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly Channel<long> _hop = NotifyProbe.NewHop();
        private volatile bool _stop;

        public Receiver(MappedRegion region) =>
            new Thread(() => Receive(region)) { IsBackground = true, Name = "futex notices" }.Start();

        public ChannelReader<long> Notices => _hop.Reader;

        public void Dispose() => _stop = true;

        private unsafe void Receive(MappedRegion region)
        {
            using var owned = region;
            var word = (uint*)region.Pointer;
            var slots = (long*)(region.Pointer + SlotsAt);
            for (uint seen = 0; !_stop;)
            {
                var sent = Volatile.Read(ref *word);
                if (sent == seen)
                    Futex.Wait(word, seen);
                for (; seen != sent; seen++)
                    _hop.Writer.TryWrite(slots[seen % Slots]);
            }
        }
    }
}
