using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using ThemisBridge.Testing.Replay;

namespace ThemisBridge.Testing.Sockets;

/// <summary>One connection of a server: reads requests all the time, so that it sees the client go at every moment, and
/// answers them one by one.</summary>
internal abstract class HttpConnection(SocketSettings settings, Socket socket, int number)
{
    private readonly Pipe _received = new(new PipeOptions(pauseWriterThreshold: 0));
    private ReplayedRequest? _current;

    /// <summary>Serves until either side ends the connection.</summary>
    /// <param name="cancellationToken">Ends with the server.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        using Socket owned = socket;
        using var gone = new CancellationTokenSource();
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task receiving = Task.CompletedTask;
        ReplayEnd end = ReplayEnd.Close;
        Stream? stream = null;
        try
        {
            if (settings.UnixSocketPath is null)
            {
                socket.NoDelay = true;
            }

            stream = await OpenAsync(cancellationToken);
            receiving = ReceiveAsync(stream, gone, listening.Token);
            end = await AnswerAllAsync(stream, gone.Token, cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or ObjectDisposedException or AuthenticationException)
        {
            // The client left, or the server is being closed: the end of a connection, told by ClientGone.
        }

        // Closing a socket while it is being read would send a reset whatever was wanted.
        await listening.CancelAsync();
        await receiving;
        await CloseAsync(stream, end, isKilled: cancellationToken.IsCancellationRequested);
        _current?.MarkClientGone();
    }

    /// <summary>Waits while the server does nothing, not even a handshake.</summary>
    /// <param name="cancellationToken">Ends with the server.</param>
    protected virtual Task GateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The next request; null ends the connection in order.</summary>
    /// <param name="reader">What has come and not been read.</param>
    /// <param name="cancellationToken">Ends with the server.</param>
    protected virtual Task<ReplayedRequest?> ReadAsync(PipeReader reader, CancellationToken cancellationToken) =>
        RequestReader.ReadAsync(reader, number, cancellationToken);

    /// <summary>Answers a request and says what becomes of the connection.</summary>
    /// <param name="request">The request.</param>
    /// <param name="stream">Where the answer goes.</param>
    /// <param name="ending">Ends when the client goes or the server is closed.</param>
    protected abstract Task<ReplayEnd> AnswerAsync(ReplayedRequest request, Stream stream, CancellationToken ending);

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var plain = new NetworkStream(socket, ownsSocket: false);
        if (settings.Certificate is null)
        {
            return plain;
        }

        await GateAsync(cancellationToken);
        var tls = new SslStream(plain);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = settings.Certificate,
                ClientCertificateRequired = settings.AcceptsClient is not null,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    settings.AcceptsClient?.Invoke(certificate) ?? true,
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
    private async Task<ReplayEnd> AnswerAllAsync(
        Stream stream, CancellationToken gone, CancellationToken cancellationToken)
    {
        ReplayEnd end = ReplayEnd.KeepAlive;
        while (end == ReplayEnd.KeepAlive)
        {
            ReplayedRequest? request = await ReadAsync(_received.Reader, cancellationToken);
            if (request is null)
            {
                return ReplayEnd.Close;
            }

            _current = request;
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(gone, cancellationToken);
            end = await AnswerAsync(request, stream, ending.Token);
            if (end == ReplayEnd.Hold)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending.Token);
            }
        }

        return end;
    }

    private async Task CloseAsync(Stream? stream, ReplayEnd end, bool isKilled)
    {
        try
        {
            if (end == ReplayEnd.Reset)
            {
                socket.LingerState = new LingerOption(true, 0);
                return;
            }

            // A process that is killed takes no leave.
            if (stream is SslStream tls && end == ReplayEnd.Close && !isKilled)
            {
                await tls.ShutdownAsync();
            }

            // A FIN of its own: closing with unread input would send a reset.
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException
            or InvalidOperationException)
        {
            // The other side was faster.
        }
        finally
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
        }
    }
}
