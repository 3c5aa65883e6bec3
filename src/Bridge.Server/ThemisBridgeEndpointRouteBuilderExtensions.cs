using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ThemisBridge.Server.Endpoints;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server;

/// <summary>Maps ThemisBridge's endpoints.</summary>
public static class ThemisBridgeEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps <c>/v1/chat/completions</c>, <c>/v1/completions</c>, <c>/v1/embeddings</c>, <c>/v1/models</c> and
    /// <c>/health</c>. Whoever may reach them may use every engine: guard them with the application's own
    /// authorization on the builder that is returned, or with
    /// <see cref="Authentication.BearerTokenApplicationBuilderExtensions.UseBearerToken"/>.
    /// </summary>
    /// <param name="endpoints">The application's endpoints; its services hold the bridge.</param>
    public static IEndpointConventionBuilder MapThemisBridge(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder group = endpoints.MapGroup("");
        group.MapGet("/health", HealthEndpoint.HandleAsync);
        group.MapGet("/v1/models", ModelsEndpoint.HandleAsync);
        group.MapPost("/v1/chat/completions", GenerationEndpoint.ChatAsync);
        group.MapPost("/v1/completions", GenerationEndpoint.CompletionsAsync);
        group.MapPost("/v1/embeddings", EmbeddingsEndpoint.HandleAsync);
        // Everything else below /v1 gets OpenAI's shape too, not an empty body.
        group.Map("/v1/{**path}", UnknownPathAsync);
        return group;
    }

    private static Task UnknownPathAsync(HttpContext context) => ErrorAnswer.WriteAsync(context, new OpenAiError(
        StatusCodes.Status404NotFound, "not_found_error", "unknown_path",
        $"There is no {context.Request.Method} {context.Request.Path}.", null));
}
