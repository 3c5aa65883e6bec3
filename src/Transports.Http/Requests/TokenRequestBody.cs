using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>Writes bodies for vLLM's token endpoint: ids in, ids out, no text made anywhere.</summary>
internal static class TokenRequestBody
{
    /// <summary>The body for <c>/inference/v1/generate</c>.</summary>
    /// <param name="request">A request with a token prompt that wants no text.</param>
    /// <param name="dialect">How the server spells things.</param>
    public static PooledBuffer ForGeneration(InferenceRequest request, HttpDialect dialect) =>
        RequestBody.Write(json =>
        {
            json.WriteString("model"u8, request.Adapter ?? request.Model);
            RequestBody.WriteIds(json, "token_ids"u8, ((TokenPrompt)request.Prompt).TokenIds.Span);
            RequestBody.WriteStream(json, request.Stream, dialect);
            if ((request.Output & OutputParts.PromptTokenIds) != 0)
            {
                json.WriteBoolean("return_token_ids"u8, true);
            }

            json.WriteStartObject("sampling_params"u8);
            if (request.Sampling.MaxTokens is { } limit)
            {
                json.WriteNumber("max_tokens"u8, limit);
            }

            SamplingFields.Write(json, request.Sampling, dialect);
            if (request.Sampling.Logprobs is { } count)
            {
                json.WriteNumber("logprobs"u8, count);
            }

            StructureFields.WriteParameter(json, request.StructuredOutput);
            RequestBody.WriteStreamInterval(json, request.Stream, dialect);
            if (request.Sampling.Stop.Count == 0)
            {
                // Text is needed to find stop strings, and for nothing else.
                json.WriteBoolean("detokenize"u8, false);
            }

            json.WriteEndObject();
            RequestBody.WriteScheduling(json, request);
        });

    /// <summary>The body for <c>/inference/v1/abort_requests</c>.</summary>
    /// <param name="id">The server's own id of the request.</param>
    public static PooledBuffer ForAbort(string id) => RequestBody.Write(json =>
    {
        json.WriteStartArray("request_ids"u8);
        json.WriteStringValue(id);
        json.WriteEndArray();
    });
}
