using System.Net.Sockets;
using ThemisBridge.Testing.Sockets;

namespace ThemisBridge.Testing.Replay;

/// <summary>One connection of a <see cref="ReplayServer"/>.</summary>
internal sealed class ReplayConnection(ReplayServer server, SocketSettings settings, Socket socket, int number)
    : HttpConnection(settings, socket, number)
{
    protected override async Task<ReplayEnd> AnswerAsync(
        ReplayedRequest request, Stream stream, CancellationToken ending)
    {
        ReplayExchange? exchange = server.Take(request);
        if (exchange is null)
        {
            return ReplayEnd.Close;
        }

        await SendAsync(stream, exchange, ending);
        request.MarkAnswered();
        return exchange.End;
    }

    private async Task SendAsync(Stream stream, ReplayExchange exchange, CancellationToken cancellationToken)
    {
        int length = exchange.Response.Length;
        IEnumerable<int> breaks = exchange.Cuts.Concat(exchange.Pauses.Select(pause => pause.Offset)).Append(length);
        int sent = 0;
        foreach (int next in breaks.Append(0).Where(at => at >= 0 && at <= length).Distinct().Order())
        {
            if (next > sent)
            {
                await stream.WriteAsync(exchange.Response[sent..next], cancellationToken);
                sent = next;
            }

            foreach (ReplayPause pause in exchange.Pauses.Where(pause => pause.Offset == next))
            {
                await Task.Delay(pause.Duration, server.Time, cancellationToken);
            }
        }
    }
}
