using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server.Endpoints;

/// <summary><c>GET /v1/models</c>.</summary>
internal static class ModelsEndpoint
{
    public static Task HandleAsync(HttpContext context) => Endpoint.RunAsync(context, () =>
    {
        ModelNames names = context.RequestServices.GetRequiredService<ModelNames>();
        return JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach ((string name, string? parent) in names.All)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, name);
                json.WriteString("object"u8, "model"u8);
                json.WriteNumber("created"u8, names.Created);
                json.WriteString("owned_by"u8, "themis-bridge"u8);
                json.WriteString("parent"u8, parent);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    });
}
