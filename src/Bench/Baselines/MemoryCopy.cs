using System.Runtime.InteropServices;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>How fast memory is copied: the floor under every transport that copies.</summary>
/// <param name="bytes">The copy's size; it says whether cache or memory is measured.</param>
internal sealed class MemoryCopy(int bytes) : ISubject
{
    /// <summary>An operation copies at least this much, so that the clock's own cost vanishes.</summary>
    private const int BytesPerOperation = 1024 * 1024;

    private const int Page = 4096;

    /// <summary>
    /// Where in its page the target begins; the source begins at 0. Some processors copy 20 times slower when the two
    /// differ by less than a cache line, and some copy large blocks at a third when they do not differ at all.
    /// </summary>
    private const int TargetOffset = 64;

    /// <inheritdoc/>
    public string Name => $"memory copy of {bytes} bytes";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IProbe>(new Probe(scope.Clock, bytes));

    private sealed unsafe class Probe : SyncProbe
    {
        private readonly int _bytes;
        private readonly int _copies;
        private readonly void* _from;
        private readonly void* _to;

        public Probe(TimeProvider clock, int bytes) : base(clock)
        {
            _bytes = bytes;
            _copies = Math.Max(1, BytesPerOperation / bytes);
            _from = NativeMemory.AlignedAlloc((nuint)bytes + Page, Page);
            _to = NativeMemory.AlignedAlloc((nuint)bytes + Page, Page);
            // Untouched pages are all one page of zeros: a copy from them would read the cache.
            new Span<byte>(_from, bytes + Page).Fill(1);
            new Span<byte>(_to, bytes + Page).Fill(2);
        }

        protected override void Close()
        {
            NativeMemory.AlignedFree(_from);
            NativeMemory.AlignedFree(_to);
        }

        protected override void Operate(CancellationToken cancellationToken)
        {
            for (var i = 0; i < _copies; i++)
                new ReadOnlySpan<byte>(_from, _bytes).CopyTo(new Span<byte>((byte*)_to + TargetOffset, _bytes));
        }

        protected override double ToUnit(double seconds) => (double)_bytes * _copies / seconds / 1e9;
    }
}
