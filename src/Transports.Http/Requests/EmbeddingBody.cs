using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>Writes the body for <c>/v1/embeddings</c>.</summary>
internal static class EmbeddingBody
{
    /// <param name="request">The request, for everything but its inputs.</param>
    /// <param name="inputs">The inputs, all of them text or all of them ids.</param>
    /// <param name="server">What the server understands.</param>
    public static PooledBuffer Of(EmbeddingRequest request, IReadOnlyList<Prompt> inputs, HttpServerKind server) =>
        RequestBody.Write(json =>
        {
            json.WriteString("model"u8, request.Model);
            json.WritePropertyName("input"u8);
            if (inputs.Count > 1)
            {
                json.WriteStartArray();
            }

            foreach (Prompt input in inputs)
            {
                if (input is TokenPrompt tokens)
                {
                    RequestBody.WriteIdList(json, tokens.TokenIds.Span);
                }
                else
                {
                    json.WriteStringValue(((TextPrompt)input).Text);
                }
            }

            if (inputs.Count > 1)
            {
                json.WriteEndArray();
            }

            if (request.Dimensions is { } dimensions)
            {
                json.WriteNumber("dimensions"u8, dimensions);
            }

            // A quarter of the bytes, and exact; only a server that is known to have it is asked for it.
            if (server == HttpServerKind.Vllm)
            {
                json.WriteString("encoding_format"u8, "base64"u8);
            }
        });
}
