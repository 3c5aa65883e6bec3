using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The floor under parked shared memory: copy the request in, count up a word, wake; the peer copies it out, copies the
/// reply in, counts up the other word, wakes. No ring, no header, no wake saved.
/// </summary>
internal sealed class FutexPingPong : IPeerSubject
{
    /// <summary>Where everything lies in the region: the request's word.</summary>
    public const int RequestWordAt = 0;

    /// <summary>The reply's word.</summary>
    public const int ReplyWordAt = 128;

    /// <summary>The request.</summary>
    public const int RequestAt = 4096;

    /// <summary>The reply.</summary>
    public const int ReplyAt = 8192;

    /// <summary>The size of the region.</summary>
    public const int RegionBytes = 12288;

    private static readonly EchoSize Size = EchoSize.Ids;

    /// <inheritdoc/>
    public string Name => "raw futex ping-pong";

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
        var requestWord = (uint*)(region.Pointer + RequestWordAt);
        var replyWord = (uint*)(region.Pointer + ReplyWordAt);
        var request = new byte[Size.Request];
        var reply = new byte[Size.Reply];
        for (uint seen = 0; ; seen++)
        {
            while (Volatile.Read(ref *requestWord) == seen)
                Futex.Wait(requestWord, seen);
            new ReadOnlySpan<byte>(region.Pointer + RequestAt, request.Length).CopyTo(request);
            reply.CopyTo(new Span<byte>(region.Pointer + ReplyAt, reply.Length));
            Volatile.Write(ref *replyWord, seen + 1);
            Futex.Wake(replyWord);
        }
    }

    private sealed unsafe class Probe(TimeProvider clock, MappedRegion region) : SyncProbe(clock)
    {
        private readonly byte[] _request = new byte[Size.Request];
        private readonly byte[] _reply = new byte[Size.Reply];
        private uint _sent;

        protected override void Close() => region.Dispose();

        protected override void Operate(CancellationToken cancellationToken)
        {
            var requestWord = (uint*)(region.Pointer + RequestWordAt);
            var replyWord = (uint*)(region.Pointer + ReplyWordAt);
            _request.CopyTo(new Span<byte>(region.Pointer + RequestAt, _request.Length));
            Volatile.Write(ref *requestWord, ++_sent);
            Futex.Wake(requestWord);
            while (Volatile.Read(ref *replyWord) != _sent)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Futex.Wait(replyWord, _sent - 1);
            }
            new ReadOnlySpan<byte>(region.Pointer + ReplyAt, _reply.Length).CopyTo(_reply);
        }
    }
}
