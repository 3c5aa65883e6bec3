using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>Reads recorded bodies of the token endpoint as the request of the contract that must produce
/// them.</summary>
internal static class RecordedTokenRequests
{
    public static InferenceRequest Generation(ReadOnlyMemory<byte> body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        var request = new InferenceRequest
        {
            // The base model is what no name means.
            Model = root.TryGetProperty("model", out JsonElement model) ? model.GetString()! : "themis-tiny",
            Prompt = new TokenPrompt(
                root.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()),
            Output = OutputParts.TokenIds,
            Stream = false,
        };
        foreach (JsonProperty field in root.EnumerateObject())
        {
            request = field.Name switch
            {
                "model" or "token_ids" => request,
                "stream" => request with { Stream = field.Value.GetBoolean() },
                "stream_options" when RecordedRequests.IsOurs(field.Value) => request,
                "return_token_ids" => request with { Output = request.Output | OutputParts.PromptTokenIds },
                "sampling_params" => ReadSampling(request, field.Value),
                _ => throw new NotSupportedException(field.Name),
            };
        }

        return request;
    }

    private static InferenceRequest ReadSampling(InferenceRequest request, JsonElement sampling)
    {
        foreach (JsonProperty field in sampling.EnumerateObject())
        {
            request = field.Name switch
            {
                "structured_outputs" => request with { StructuredOutput = RecordedRequests.ReadStructure(field.Value) },
                "stream_interval" => request,
                "detokenize" when !field.Value.GetBoolean() => request,
                "logprobs" => request with { Sampling = request.Sampling with { Logprobs = field.Value.GetInt32() } },
                _ => request with
                {
                    Sampling = RecordedRequests.ReadSampling(request.Sampling, field.Name, field.Value),
                },
            };
        }

        return request;
    }
}
