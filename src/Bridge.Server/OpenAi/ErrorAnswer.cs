using System.Globalization;
using Microsoft.AspNetCore.Http;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Answers a request with an error, before any of an answer was sent.</summary>
internal static class ErrorAnswer
{
    public static Task WriteAsync(HttpContext context, BridgeException failure)
    {
        if (failure.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter =
                ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, OpenAiError.Of(failure));
    }

    public static Task WriteAsync(HttpContext context, OpenAiError error)
    {
        context.Response.StatusCode = error.Status;
        return JsonAnswer.WriteAsync(context, error.WriteTo);
    }
}
