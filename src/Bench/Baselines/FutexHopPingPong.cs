using System.Threading.Tasks.Sources;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The floor under parked shared memory that is awaited: the futex ping-pong, whose reply a thread of its own takes and
/// hands to the waiting task on the thread pool.
/// </summary>
internal sealed class FutexHopPingPong : IPeerSubject
{
    private static readonly EchoSize Size = EchoSize.Ids;

    private readonly FutexPingPong _far = new();

    /// <inheritdoc/>
    public string Name => "raw futex ping-pong and a hop to the pool";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        _far.ServeAsync(scope, cancellationToken);

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) => new Probe(
        scope.Clock,
        MappedRegion.Adopt(await scope.ServeAsync(this, cancellationToken), FutexPingPong.RegionBytes));

    private sealed class Probe : AsyncProbe, IValueTaskSource
    {
        private readonly MappedRegion _region;
        private readonly byte[] _request = new byte[Size.Request];
        private readonly byte[] _reply = new byte[Size.Reply];
        private readonly Thread _reader;
        private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
        private uint _sent;
        private volatile bool _isClosed;

        public Probe(TimeProvider clock, MappedRegion region) : base(clock)
        {
            _region = region;
            _reader = new Thread(Read) { IsBackground = true, Name = "futex hop" };
            _reader.Start();
        }

        public override ValueTask DisposeAsync()
        {
            _isClosed = true;
            // The thread looks at least every 100 ms.
            _reader.Join();
            _region.Dispose();
            return ValueTask.CompletedTask;
        }

        public void GetResult(short token) => _source.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);

        protected override unsafe ValueTask OperateAsync(CancellationToken cancellationToken)
        {
            _source.Reset();
            var wait = new ValueTask(this, _source.Version);
            var requestWord = (uint*)(_region.Pointer + FutexPingPong.RequestWordAt);
            _request.CopyTo(new Span<byte>(_region.Pointer + FutexPingPong.RequestAt, _request.Length));
            Volatile.Write(ref *requestWord, ++_sent);
            Futex.Wake(requestWord);
            return wait;
        }

        protected override void Abort() => _source.SetException(new IOException("the block was cancelled"));

        private unsafe void Read()
        {
            var replyWord = (uint*)(_region.Pointer + FutexPingPong.ReplyWordAt);
            for (uint seen = 0; ; seen++)
            {
                while (Volatile.Read(ref *replyWord) == seen)
                {
                    if (_isClosed)
                        return;
                    Futex.Wait(replyWord, seen);
                }
                new ReadOnlySpan<byte>(_region.Pointer + FutexPingPong.ReplyAt, _reply.Length).CopyTo(_reply);
                _source.SetResult(true);
            }
        }
    }
}
