using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server.Endpoints;

/// <summary><c>POST /v1/embeddings</c>.</summary>
internal static class EmbeddingsEndpoint
{
    public static Task HandleAsync(HttpContext context) => Endpoint.RunAsync(context, async () =>
    {
        EmbeddingRequest request;
        bool base64;
        using (JsonDocument body = await RequestBody.ReadAsync(context))
        {
            (request, base64) = Read(body.RootElement);
        }

        request = request with
        {
            RequestId = RequestIds.Of(context, request.RequestId),
            TraceParent = RequestIds.TraceParent(context),
        };
        IThemisBridge bridge = context.RequestServices.GetRequiredService<IThemisBridge>();
        EmbeddingResult result = await Endpoint.UntilDrainedAsync(context, token => bridge.EmbedAsync(request, token));
        await JsonAnswer.WriteAsync(context, json => Write(json, result, base64));
    });

    private static (EmbeddingRequest Request, bool Base64) Read(JsonElement body)
    {
        string? model = null;
        IReadOnlyList<Prompt>? inputs = null;
        int? dimensions = null;
        string? requestId = null;
        bool base64 = false;
        foreach (Field field in new Field("", body).Members())
        {
            switch (field.Name)
            {
                case "model":
                    model = field.Text();
                    break;
                case "input":
                    inputs = PromptField.Many(field);
                    break;
                case "dimensions":
                    dimensions = field.Integer();
                    break;
                case "request_id":
                    requestId = field.Text();
                    break;
                case "encoding_format":
                    base64 = field.Text() switch
                    {
                        "float" => false,
                        "base64" => true,
                        _ => throw field.WrongType("float or base64"),
                    };
                    break;
                case "user" or "metadata":
                    break;
                default:
                    throw field.Unknown();
            }
        }

        return (new EmbeddingRequest
        {
            Model = model ?? throw Refusal.InvalidRequest("model", "model is missing."),
            Inputs = inputs ?? throw Refusal.InvalidRequest("input", "input is missing."),
            Dimensions = dimensions,
            RequestId = requestId,
        }, base64);
    }

    private static void Write(Utf8JsonWriter json, EmbeddingResult result, bool base64)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (int i = 0; i < result.Vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, i);
            json.WriteString("object"u8, "embedding"u8);
            WriteVector(json, result.Vectors[i].Span, base64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, result.Model);
        json.WriteString("engine"u8, result.Engine);
        UsageFields.Write(json, result.Usage);
        json.WriteEndObject();
    }

    // Base64 of little-endian 32-bit floats, as OpenAI's clients expect it.
    private static void WriteVector(Utf8JsonWriter json, ReadOnlySpan<float> vector, bool base64)
    {
        if (base64)
        {
            json.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes(vector));
            return;
        }

        json.WriteStartArray("embedding"u8);
        foreach (float value in vector)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
