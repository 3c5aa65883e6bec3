using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ThemisBridge.Testing.Replay;

/// <summary>One connection of a <see cref="ReplayServer"/>: reads requests all the time, so that it sees the client go
/// at every moment, and answers them one by one.</summary>
internal sealed class ReplayConnection(ReplayServer server, ReplayServerOptions options, Socket socket, int number)
{
    private readonly Pipe _received = new(new PipeOptions(pauseWriterThreshold: 0));
    private ReplayedRequest? _current;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        using Socket owned = socket;
        using var gone = new CancellationTokenSource();
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task receiving = Task.CompletedTask;
        try
        {
            if (options.UnixSocketPath is null)
            {
                socket.NoDelay = true;
            }

            await using Stream stream = await OpenAsync(cancellationToken);
            receiving = ReceiveAsync(stream, gone, listening.Token);
            ReplayEnd end = await AnswerAsync(stream, gone.Token, cancellationToken);
            // Closing a socket while it is being read would send a reset whatever was wanted.
            await listening.CancelAsync();
            await receiving;
            await CloseAsync(stream, end);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or ObjectDisposedException or AuthenticationException)
        {
            // The client left, or the server is being disposed: the end of a connection, told by ClientGone.
        }

        await listening.CancelAsync();
        await receiving;
        _current?.MarkClientGone();
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var plain = new NetworkStream(socket, ownsSocket: false);
        if (options.Certificate is null)
        {
            return plain;
        }

        var tls = new SslStream(plain);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = options.Certificate,
                ClientCertificateRequired = options.AcceptsClient is not null,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    options.AcceptsClient?.Invoke(certificate) ?? true,
            },
            cancellationToken);
        return tls;
    }

    private async Task ReceiveAsync(Stream stream, CancellationTokenSource gone, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                int count = await stream.ReadAsync(_received.Writer.GetMemory(4096), cancellationToken);
                if (count == 0)
                {
                    break;
                }

                _received.Writer.Advance(count);
                await _received.Writer.FlushAsync(cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Whatever ended it, nothing more will come.
        }

        _current?.MarkClientGone();
        await _received.Writer.CompleteAsync();
        await gone.CancelAsync();
    }

    // What to do with the connection once there is nothing more to answer on it.
    private async Task<ReplayEnd> AnswerAsync(
        Stream stream, CancellationToken gone, CancellationToken cancellationToken)
    {
        ReplayEnd end = ReplayEnd.KeepAlive;
        while (end == ReplayEnd.KeepAlive)
        {
            ReplayedRequest? request = await RequestReader.ReadAsync(_received.Reader, number, cancellationToken);
            if (request is null)
            {
                return ReplayEnd.Close;
            }

            _current = request;
            ReplayExchange? exchange = server.Take(request);
            if (exchange is null)
            {
                return ReplayEnd.Close;
            }

            using var ending = CancellationTokenSource.CreateLinkedTokenSource(gone, cancellationToken);
            await SendAsync(stream, exchange, ending.Token);
            request.MarkAnswered();
            end = exchange.End;
            if (end == ReplayEnd.Hold)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, options.Time, ending.Token);
            }
        }

        return end;
    }

    private async Task CloseAsync(Stream stream, ReplayEnd end)
    {
        if (end == ReplayEnd.Reset)
        {
            socket.LingerState = new LingerOption(true, 0);
            return;
        }

        if (stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }

        // A FIN of its own: closing with unread input would send a reset.
        socket.Shutdown(SocketShutdown.Send);
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
                await Task.Delay(pause.Duration, options.Time, cancellationToken);
            }
        }
    }
}
