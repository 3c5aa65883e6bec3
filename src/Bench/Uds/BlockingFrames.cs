using System.Net.Sockets;
using ThemisBridge.Bench.Baselines;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Bench.Uds;

/// <summary>
/// The exchange with codec and session at either end of a blocking socket, a thread of its own each. The transport is
/// asynchronous; this is what the frames themselves add to a socket.
/// </summary>
internal sealed class BlockingFrames : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => "frames on a blocking socket";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken)
    {
        var path = scope.NewPath("sock");
        var listener = UnixPath.Listen(path);
        new Thread(() => Serve(listener)) { IsBackground = true, Name = Name }.Start();
        return Task.FromResult(path);
    }

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var path = await scope.ServeAsync(this, cancellationToken);
        var probe = new Probe(scope.Clock, FramesPipe.Connect(path));
        await probe.RunBlockAsync(new double[FramesExchange.WarmUp], cancellationToken);
        return probe;
    }

    /// <summary>Answers one connection until it closes.</summary>
    private static void Serve(Socket listener)
    {
        using var pipe = new FramesPipe(listener.Accept(), PeerRole.Client);
        listener.Dispose();
        var side = new BlockingListener(pipe);
        try
        {
            while (pipe.Receive(side.Receive))
            {
            }
        }
        catch (SocketException)
        {
            // The near side went away in the middle of an exchange: ^C, or a deadline.
        }
    }

    private sealed class Probe(TimeProvider clock, FramesPipe pipe) : SyncProbe(clock)
    {
        private readonly BlockingClient _side = new(pipe);

        protected override void Close() => pipe.Dispose();

        protected override void Operate(CancellationToken cancellationToken) => _side.Exchange();

        protected override void Abort() => pipe.Dispose();
    }
}
