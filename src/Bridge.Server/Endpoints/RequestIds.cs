using Microsoft.AspNetCore.Http;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.Endpoints;

/// <summary>The ids by which a request is followed through the logs of several programs.</summary>
internal static class RequestIds
{
    private const string Header = "X-Request-Id";

    /// <summary>The caller's id (header before body), else a new one; echoed in the answer's header.</summary>
    public static string Of(HttpContext context, string? fromBody)
    {
        string? given = context.Request.Headers[Header].FirstOrDefault();
        string id = (IsUsable(given) ? given : fromBody) ?? Guid.CreateVersion7().ToString("N");
        if (IsUsable(id))
        {
            context.Response.Headers[Header] = id;
        }

        return id;
    }

    /// <summary>The caller's W3C trace context, or null.</summary>
    public static string? TraceParent(HttpContext context) => context.Request.Headers.TraceParent.FirstOrDefault();

    private static bool IsUsable(string? id) =>
        id is { Length: > 0 and <= RequestLimits.MaxRequestIdLength }
            && !id.AsSpan().ContainsAnyExceptInRange('!', '~');
}
