using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Failures;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http.Connections;

/// <summary>
/// Sends requests of one backend and returns responses whose status says success; everything else becomes a
/// <see cref="BridgeException"/>. Safe for use from many threads.
/// </summary>
/// <param name="endpoint">The backend's address and options.</param>
/// <param name="kept">Sends on kept connections.</param>
/// <param name="fresh">Sends on a new connection each time, for the one repetition after a kept one was found
/// closed.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For what a caller is not told.</param>
internal sealed class HttpCaller(
    HttpEndpoint endpoint, HttpMessageInvoker kept, HttpMessageInvoker fresh, TimeProvider time, ILogger logger)
{
    private const int MaxErrorBytes = 64 * 1024;
    private static readonly TimeSpan ErrorBodyTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The backend's id.</summary>
    public string Backend => endpoint.Id;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Whose call it is, for failures.</summary>
    public FailureContext ContextOf(CallOptions call) => new(endpoint.Id, call.Route) { HasAdapter = call.HasAdapter };

    /// <summary>Sends a JSON body. The response's body is not read yet; the caller disposes the response.</summary>
    /// <param name="call">Route, ids and budget.</param>
    /// <param name="body">The body; taken over.</param>
    /// <param name="cancellationToken">Gives up and closes the connection.</param>
    public async Task<HttpResponseMessage> PostAsync(
        CallOptions call, PooledBuffer body, CancellationToken cancellationToken)
    {
        try
        {
            return await PostOnceAsync(kept, call, body, cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException e) when (IsStale(e))
        {
            logger.StaleConnection(endpoint.Id, call.Route);
            return await PostOnceAsync(fresh, call, body, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            body.Dispose();
        }
    }

    private async Task<HttpResponseMessage> PostOnceAsync(
        HttpMessageInvoker sender, CallOptions call, PooledBuffer body, CancellationToken cancellationToken)
    {
        TimeSpan connect = call.Connect ?? endpoint.Options.ConnectTimeout;
        using var budget = new CancellationTokenSource(connect, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        var content = new JsonBody(body, () => budget.CancelAfter(Timeout.InfiniteTimeSpan));
        try
        {
            using HttpRequestMessage request = CreateRequest(HttpMethod.Post, call);
            request.Content = content;
            return await SendAsync(sender, request, call, ending.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            FailureStage stage = content.WasOffered ? FailureStage.Admit : FailureStage.Connect;
            throw budget.IsCancellationRequested
                ? HttpFailureMapper.Expired("connect", connect, FailureStage.Connect, ContextOf(call))
                : HttpFailureMapper.FromTransport(e, stage, ContextOf(call));
        }
    }

    /// <summary>Asks for a resource. The caller disposes the response.</summary>
    /// <param name="call">Route and ids.</param>
    /// <param name="cancellationToken">Gives up; the caller's deadline is in it.</param>
    public async Task<HttpResponseMessage> GetAsync(CallOptions call, CancellationToken cancellationToken)
    {
        try
        {
            return await GetOnceAsync(kept, call, cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException e) when (IsStale(e))
        {
            logger.StaleConnection(endpoint.Id, call.Route);
            return await GetOnceAsync(fresh, call, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> GetOnceAsync(
        HttpMessageInvoker sender, CallOptions call, CancellationToken cancellationToken)
    {
        try
        {
            using HttpRequestMessage request = CreateRequest(HttpMethod.Get, call);
            return await SendAsync(sender, request, call, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw HttpFailureMapper.FromTransport(e, FailureStage.Connect, ContextOf(call));
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMessageInvoker sender, HttpRequestMessage request, CallOptions call, CancellationToken cancellationToken)
    {
        // An invoker, unlike a client, returns with the head of the response, and adds no time limit and no copies.
        HttpResponseMessage response = await sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        using (response)
        {
            throw await ReadFailureAsync(response, call, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsStale(Exception? exception) => exception is not null
        && (exception is StaleConnectionException || IsStale(exception.InnerException));

    private HttpRequestMessage CreateRequest(HttpMethod method, CallOptions call)
    {
        HttpRequestMessage request = endpoint.CreateRequest(method, call.Route);
        if (call.RequestId is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Request-Id", call.RequestId);
        }

        string? parent = call.TraceParent
            ?? (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null);
        if (parent is not null)
        {
            request.Headers.TryAddWithoutValidation("traceparent", parent);
        }

        return request;
    }

    private async Task<BridgeException> ReadFailureAsync(
        HttpResponseMessage response, CallOptions call, CancellationToken cancellationToken)
    {
        FailureContext context = ContextOf(call) with { RetryAfter = RetryAfterOf(response) };
        int status = (int)response.StatusCode;
        bool isWhole = true;
        using var body = new PooledBuffer();
        using var budget = new CancellationTokenSource(ErrorBodyTimeout, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            Stream stream = await response.Content.ReadAsStreamAsync(ending.Token).ConfigureAwait(false);
            isWhole = await BodyReader.ReadAsync(stream, body, MaxErrorBytes, ending.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The status is known; a body that breaks off or does not come changes nothing about it.
            cancellationToken.ThrowIfCancellationRequested();
        }

        ServerError error = ErrorParser.ParseBody(body.Written.Span, status, isWhole);
        // The response's own status is what proxies and tools act on; the body's code must not contradict it.
        return HttpFailureMapper.FromServer(error with { Status = status }, FailureStage.Admit, context);
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        TimeSpan? after = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => null,
        };
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }
}
