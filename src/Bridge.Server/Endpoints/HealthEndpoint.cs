using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server.Endpoints;

/// <summary>
/// <c>GET /health</c>: 200 when at least one engine works, else 503. Says which engines there are to nobody.
/// </summary>
internal static class HealthEndpoint
{
    public static Task HandleAsync(HttpContext context) => Endpoint.RunAsync(context, async () =>
    {
        bool healthy = await context.RequestServices.GetRequiredService<HealthSnapshot>()
            .IsHealthyAsync(context.RequestAborted);
        context.Response.StatusCode = healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("status"u8, healthy ? "healthy"u8 : "unhealthy"u8);
            json.WriteEndObject();
        });
    });
}
