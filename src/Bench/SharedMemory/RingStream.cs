using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Transports.SharedMemory;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>
/// Frames one way, a batch at a time with one wake, through the product's ring to the product's channel, which splits
/// them and checks their headers.
/// </summary>
/// <param name="size">Which frames.</param>
internal sealed class RingStream(StreamSize size) : IPeerSubject
{
    private static readonly TimeSpan Spin = new SharedMemoryOptions().SpinWindow;

    /// <inheritdoc/>
    public string Name => $"shared memory, frames of {size.RecordBytes} bytes";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        RingPeer.Serve(path, NewPolicy, static channel => new DrainSink(channel));
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var (socket, segment) =
            await RingPeer.ConnectAsync(await scope.ServeAsync(this, cancellationToken), cancellationToken);
        return new Probe(scope.Clock, size, socket, segment);
    }

    private static WaitPolicy NewPolicy() => new(Spin);

    private sealed class Probe(TimeProvider clock, StreamSize size, Socket socket, Segment segment) : SyncProbe(clock)
    {
        private readonly RingWriter _writer = segment.Writer(PeerRole.Client);
        private readonly Bell _peer = segment.BellOf(PeerRole.Listener);
        private readonly byte[] _batch = MakeBatch(size);

        protected override double ToUnit(double seconds) => size.PerSecond(seconds);

        protected override void Close()
        {
            socket.Dispose();
            segment.Dispose();
        }

        protected override void Operate(CancellationToken cancellationToken)
        {
            for (var sent = 0; sent < size.RecordsPerSample; sent += size.RecordsPerBatch)
            {
                ReadOnlySpan<byte> rest = _batch;
                while (true)
                {
                    if (_writer.Write(rest, out var taken) is not null)
                        throw new IOException("the ring is broken");
                    rest = rest[taken..];
                    if (rest.IsEmpty)
                        break;
                    cancellationToken.ThrowIfCancellationRequested();
                }
                if (_peer.TryClaim())
                    _peer.Wake();
            }
        }

        // A PING that says that it is longer: the channel looks at headers alone.
        private static byte[] MakeBatch(StreamSize size)
        {
            var ping = new ArrayBufferWriter<byte>();
            PingFrame.Write(ping, FrameType.Ping, 1);
            var batch = new byte[size.RecordBytes * size.RecordsPerBatch];
            for (var at = 0; at < batch.Length; at += size.RecordBytes)
            {
                ping.WrittenSpan.CopyTo(batch.AsSpan(at));
                BinaryPrimitives.WriteInt32LittleEndian(batch.AsSpan(at), size.RecordBytes);
            }
            return batch;
        }
    }

    private sealed class DrainSink(IFrameChannel channel) : IFrameSink
    {
        public bool OnFrame(in FrameHeader header, ReadOnlySpan<byte> frame) => true;

        public IThreadPoolWorkItem? OnBatchEnd() => null;

        public void OnFault(FrameFault fault) => channel.Close();

        public void OnSent()
        {
        }

        public void OnClosed(Exception? cause)
        {
        }
    }
}
