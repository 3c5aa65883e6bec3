using System.IO.Pipelines;
using System.Net.Sockets;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Testing.Sockets;
using ThemisBridge.Testing.Vllm.Routes;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm;

/// <summary>One connection of a <see cref="VllmDouble"/>.</summary>
internal sealed class VllmConnection(
    VllmServer server, VllmRouter router, Action<ReplayedRequest> note, SocketSettings settings, Socket socket,
    int number) : HttpConnection(settings, socket, number)
{
    private bool _hasAnswered;

    protected override Task GateAsync(CancellationToken cancellationToken) =>
        server.Life.GateAsync(cancellationToken);

    // A connection that was used and is not used again is closed without notice.
    protected override async Task<ReplayedRequest?> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        if (!_hasAnswered)
        {
            return await base.ReadAsync(reader, cancellationToken);
        }

        using var idle = new CancellationTokenSource(server.Options.IdleTimeout, server.Options.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellationToken);
        try
        {
            ReadResult next = await reader.ReadAsync(ending.Token);
            reader.AdvanceTo(next.Buffer.Start);
            return await base.ReadAsync(reader, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await GateAsync(cancellationToken);
            return null;
        }
    }

    protected override async Task<ReplayEnd> AnswerAsync(
        ReplayedRequest request, Stream stream, CancellationToken ending)
    {
        note(request);
        await server.Life.GateAsync(ending);
        var exchange = new VllmExchange(server.Options, request, stream, server.Life.GateAsync);
        await router.AnswerAsync(exchange, ending);
        request.MarkAnswered();
        _hasAnswered = true;
        return exchange.Closes ? ReplayEnd.Close : ReplayEnd.KeepAlive;
    }
}
