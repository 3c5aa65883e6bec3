using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server.Endpoints;

/// <summary><c>/v1/chat/completions</c> and <c>/v1/completions</c>, plain and streamed.</summary>
internal static class GenerationEndpoint
{
    public static Task ChatAsync(HttpContext context) => HandleAsync(context, ChatRequestReader.Read);

    public static Task CompletionsAsync(HttpContext context) => HandleAsync(context, CompletionRequestReader.Read);

    private static Task HandleAsync(HttpContext context, Func<JsonElement, OpenAiRequest> read) =>
        Endpoint.RunAsync(context, async () =>
        {
            OpenAiRequest request;
            using (JsonDocument body = await RequestBody.ReadAsync(context))
            {
                request = read(body.RootElement);
            }

            request = context.RequestServices.GetRequiredService<ModelNames>().Resolve(request);
            string requestId = RequestIds.Of(context, request.Inference.RequestId);
            request = request with
            {
                Inference =
                    request.Inference with { RequestId = requestId, TraceParent = RequestIds.TraceParent(context) },
            };
            long created = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds();
            using AnswerFormat format = request.IsChat
                ? new ChatFormat(request, $"chatcmpl-{requestId}", created)
                : new CompletionFormat(request, $"cmpl-{requestId}", created);
            IThemisBridge bridge = context.RequestServices.GetRequiredService<IThemisBridge>();
            if (request.Inference.Stream)
            {
                await AnswerStream.WriteAsync(context, bridge, request, format);
                return;
            }

            InferenceResult result = await Endpoint.UntilDrainedAsync(
                context, token => bridge.CompleteAsync(request.Inference, token));
            await JsonAnswer.WriteAsync(context, json => format.WriteWhole(json, result));
        });
}
