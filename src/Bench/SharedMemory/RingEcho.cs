using System.Buffers;
using System.Net.Sockets;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>
/// A REQUEST with 512 ids there, a STEP with 100 back, through the product's rings, bells and codec. The far side is
/// the product's channel; the near side waits on the caller's own thread as the channel's thread does.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="waits">Makes the policy by which either side waits.</param>
/// <param name="isBesideBusy">Whether a thread on either side computes all the time.</param>
internal sealed class RingEcho(string name, Func<IWaitPolicy> waits, bool isBesideBusy = false) : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        // Until the peer ends.
        if (isBesideBusy)
            BusyCore.Want();
        RingPeer.Serve(path, waits, static channel => new EchoSink(channel));
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = await scope.ServeAsync(this, cancellationToken);
        var (socket, segment) = await RingPeer.ConnectAsync(path, cancellationToken);
        return new Probe(scope.Clock, socket, segment, waits(), isBesideBusy ? BusyCore.Want() : null);
    }

    private sealed class Probe(TimeProvider clock, Socket socket, Segment segment, IWaitPolicy waits, BusyCore? busy)
        : SyncProbe(clock), IAwaited
    {
        private readonly RingWriter _writer = segment.Writer(PeerRole.Client);
        private readonly RingReader _reader = segment.Reader(PeerRole.Client);
        private readonly Bell _peer = segment.BellOf(PeerRole.Listener);
        private readonly Waiter _waiter = new(segment.BellOf(PeerRole.Client), waits);
        private readonly ArrayBufferWriter<byte> _output = new();
        private readonly byte[] _input = new byte[4096];
        private readonly int[] _ids = new int[IdBackend.AnswerTokens];

        public bool HasCome => _reader.HasNews;

        // It never has more to write than there is room for.
        public void BeforeSleep()
        {
        }

        protected override void Close()
        {
            socket.Dispose();
            segment.Dispose();
            busy?.Dispose();
        }

        protected override void Operate(CancellationToken cancellationToken)
        {
            _output.ResetWrittenCount();
            RequestWriter.Write(_output, 1, IdBackend.Request, IdBackend.AnswerTokens);
            if (_writer.Write(_output.WrittenSpan, out _) is not null)
                throw new IOException("the ring is broken");
            if (_peer.TryClaim())
                _peer.Wake();
            while (!TryRead())
            {
                cancellationToken.ThrowIfCancellationRequested();
                _waiter.Wait(this);
            }
        }

        private bool TryRead()
        {
            if (_reader.Look(out var available) is not null)
                throw new IOException("the ring is broken");
            if (available == 0)
                return false;
            var frame = _input.AsSpan(0, _reader.Read(_input));
            if (FrameHeader.Read(frame, PeerRole.Listener, _input.Length, out _) is not null)
                throw new IOException("the answer is no frame");
            if (StepFrame.Read(frame, out var step) is not null)
                throw new IOException("the answer is no STEP");
            foreach (var row in step)
                row.Ids.CopyTo(_ids);
            return true;
        }
    }

    /// <summary>Answers each request with one row, on the channel's own thread.</summary>
    private sealed class EchoSink(IFrameChannel channel) : IFrameSink
    {
        private readonly StepBuilder _step = new(withLogprobs: false);

        public bool OnFrame(in FrameHeader header, ReadOnlySpan<byte> frame)
        {
            if (RequestFrame.Read(frame, out var request) is not null)
                return false;
            lock (channel.Gate)
            {
                _step.Add(request.Handle, request.Ids[..IdBackend.AnswerTokens], [], []);
                _step.Flush(channel.Output);
            }
            return true;
        }

        public IThreadPoolWorkItem? OnBatchEnd()
        {
            channel.Flush();
            return null;
        }

        public void OnFault(FrameFault fault) => channel.Close();

        public void OnSent()
        {
        }

        public void OnClosed(Exception? cause)
        {
        }
    }
}
