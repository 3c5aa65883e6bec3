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

    /// <summary>Aborts without making anybody wait; a failure is only logged.</summary>
    /// <param name="call">The call that is left.</param>
    /// <param name="returnedId">The id that its answer named, or null before any.</param>
    public void Start(CallOptions call, string? returnedId)
    {
        if ((returnedId ?? GuessId(call)) is { } id)
        {
            // The engine knows a completion by the number of its prompt too (vLLM 0.32). Its own deadline ends the
            // call, so nobody has to.
            _ = AbortAsync(call.Route == HttpRoutes.Completions ? id + "-0" : id);
        }
    }

    // What the server makes of an id that was sent.
    private static string? GuessId(CallOptions call) => call.RequestId is null ? null : call.Route switch
    {
        HttpRoutes.Completions => "cmpl-",
        HttpRoutes.Chat => "chatcmpl-",
        _ => "generate-tokens-",
    } + call.RequestId;

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
