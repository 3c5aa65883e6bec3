using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server.Endpoints;

/// <summary>What every endpoint does around its own work: each failure becomes one answer in OpenAI's shape.</summary>
internal static class Endpoint
{
    public static async Task RunAsync(HttpContext context, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went; nobody reads an answer.
        }
        catch (OpenAiException refused)
        {
            await ErrorAnswer.WriteAsync(context, refused.Error);
        }
        catch (BridgeException failure)
        {
            await ErrorAnswer.WriteAsync(context, failure);
        }
        catch (BadHttpRequestException malformed) when (!context.Response.HasStarted)
        {
            await ErrorAnswer.WriteAsync(context, new OpenAiError(
                malformed.StatusCode, "invalid_request_error", "bad_request", malformed.Message, null));
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            ServerLog.Unexpected(
                context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("ThemisBridge.Server"),
                context.Request.Path, exception);
            await ErrorAnswer.WriteAsync(context, new OpenAiError(StatusCodes.Status500InternalServerError,
                "server_error", "internal_error",
                    "The server failed in a way it should have described; its log says more.", null));
        }
    }

    /// <summary>Does work for a client until it goes or the server's patience at its end is over.</summary>
    public static async Task<T> UntilDrainedAsync<T>(HttpContext context, Func<CancellationToken, Task<T>> work)
    {
        Drain drain = context.RequestServices.GetRequiredService<Drain>();
        using CancellationTokenSource until = drain.Watch(context);
        try
        {
            return await work(until.Token);
        }
        catch (OperationCanceledException) when (drain.FailureOf(context) is { } failure)
        {
            throw failure;
        }
    }
}
