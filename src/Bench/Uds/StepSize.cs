using System.Globalization;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Bench.Uds;

/// <summary>
/// How many bytes of STEP frames our listener makes of 16 streams that get one id a step: counted on the socket, so
/// that it shows how well rows of one step are gathered.
/// </summary>
internal sealed class StepSize : IPeerSubject
{
    private const int Streams = 16;

    /// <inheritdoc/>
    public string Name => "size of STEP frames";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(OpenedUds.Serve(scope, new BenchEngine(
            new StepEngine(Streams, isStamped: false, TimeProvider.System).AnswerAsync)));

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        new Probe(FramesPipe.Connect(await scope.ServeAsync(this, cancellationToken)));

    private sealed class Probe(FramesPipe pipe) : IProbe
    {
        private long _bytes;
        private long _rows;
        private long _frames;
        private int _ended;

        public IReadOnlyList<string> Notes =>
        [
            string.Create(CultureInfo.InvariantCulture, $"{(double)_rows / _frames:0.0} rows in a frame"),
        ];

        public Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken) =>
            Task.Run(() => RunBlock(samples.Span), cancellationToken);

        public ValueTask DisposeAsync()
        {
            pipe.Dispose();
            return ValueTask.CompletedTask;
        }

        private void RunBlock(Span<double> samples)
        {
            (_bytes, _rows, _frames, _ended) = (0, 0, 0, 0);
            var request = FramesExchange.RequestOf(promptTokens: 1) with
            {
                Sampling = new SamplingOptions { MaxTokens = samples.Length },
            };
            for (var handle = 1u; handle <= Streams; handle++)
                RequestWriter.Write(pipe.Output, handle, request, (uint)samples.Length);
            pipe.Send();
            while (_ended < Streams)
            {
                if (!pipe.Receive(Count))
                    throw new IOException("the peer closed the connection");
            }
            samples.Fill((double)_bytes / _rows);
        }

        private FrameFault? Count(in FrameHeader header, ReadOnlySpan<byte> frame)
        {
            if (header.Type is FrameType.End or FrameType.Error)
                _ended++;
            if (header.Type != FrameType.Step)
                return null;
            if (StepFrame.Read(frame, out var step) is { } fault)
                return fault;
            _bytes += header.Length;
            _rows += step.RowCount;
            _frames++;
            return null;
        }
    }
}
