using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http;

/// <summary>
/// Ends a request in the engine by its id, where the server offers that. Closing the connection does the same and comes
/// first; this is for gateways in between that keep theirs open.
/// </summary>
internal sealed class HttpAbort(HttpCaller caller, ILogger logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>The id under which the engine knows a request: the server's prefix before ours, and for completions the
    /// number of the prompt behind it (vLLM 0.32).</summary>
    /// <param name="route">The route that was asked.</param>
    /// <param name="requestId">The id that was sent.</param>
    public static string IdOf(string route, string requestId) => route switch
    {
        HttpRoutes.Completions => $"cmpl-{requestId}-0",
        HttpRoutes.Chat => $"chatcmpl-{requestId}",
        _ => $"generate-tokens-{requestId}",
    };

    /// <summary>Aborts without making anybody wait; a failure is only logged.</summary>
    public void Start(CallOptions call)
    {
        if (call.RequestId is { } id)
        {
            // Its own deadline ends it, so nobody has to.
            _ = AbortAsync(IdOf(call.Route, id));
        }
    }

    private async Task AbortAsync(string id)
    {
        using var budget = new CancellationTokenSource(Limit, caller.Time);
        try
        {
            using HttpResponseMessage response = await caller
                .PostAsync(new CallOptions(HttpRoutes.Abort), TokenRequestBody.ForAbort(id), budget.Token)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is BridgeException or OperationCanceledException)
        {
            logger.AbortFailed(caller.Backend, id, e.Message);
        }
    }
}
