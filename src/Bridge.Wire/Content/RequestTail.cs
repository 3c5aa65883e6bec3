using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Content;

/// <summary>What a REQUEST says that is no number.</summary>
internal sealed record RequestTail
{
    /// <summary>Nothing said.</summary>
    public static RequestTail None { get; } = new();

    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Pairs of token id and bias.</summary>
    public IReadOnlyList<double[]>? LogitBias { get; init; }

    public StructureContent? StructuredOutput { get; init; }

    public ChatContent? Chat { get; init; }

    /// <summary>What to embed: a list of texts, or numbers of ids.</summary>
    public JsonElement? Inputs { get; init; }

    /// <summary>Members that are not known here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>The JSON of a generation; empty when it has nothing to say.</summary>
    public static ReadOnlyMemory<byte> Of(InferenceRequest request)
    {
        SamplingOptions sampling = request.Sampling;
        var chat = request.Prompt as ChatPrompt;
        if (chat is null && sampling is { Stop.Count: 0, LogitBias: null or { Count: 0 } }
            && request.StructuredOutput is null)
        {
            return default;
        }

        return Write(new RequestTail
        {
            Stop = sampling.Stop.Count > 0 ? sampling.Stop : null,
            LogitBias = sampling.LogitBias is { Count: > 0 } bias
                ? [.. bias.Select(pair => new double[] { pair.Key, pair.Value })] : null,
            StructuredOutput = request.StructuredOutput is { } structure ? StructureContent.Of(structure) : null,
            Chat = chat is null ? null : ChatContent.Of(chat),
        });
    }

    /// <summary>The JSON of an embedding, and the ids of its inputs one after the other.</summary>
    public static ReadOnlyMemory<byte> Of(EmbeddingRequest request, out int[] ids)
    {
        var all = new List<int>();
        var inputs = new JsonArray();
        foreach (Prompt input in request.Inputs)
        {
            if (input is TokenPrompt tokens)
            {
                all.AddRange(tokens.TokenIds.Span);
            }

            inputs.Add(input is TextPrompt text
                ? JsonValue.Create(text.Text) : JsonValue.Create(((TokenPrompt)input).TokenIds.Length));
        }

        ids = [.. all];
        return Write(new RequestTail { Inputs = JsonSerializer.SerializeToElement(inputs, WireJson.Strict.JsonArray) });
    }

    /// <summary>The JSON of a chat to tokenize; empty for a text.</summary>
    public static ReadOnlyMemory<byte> Of(TokenizeRequest request) =>
        request.Prompt is ChatPrompt chat ? Write(new RequestTail { Chat = ChatContent.Of(chat) }) : default;

    private static byte[] Write(RequestTail tail)
    {
        byte[] json = WireJson.Write(tail, WireJson.Strict.RequestTail);
        return json.Length <= WireLimits.MaxJsonBytes ? json : throw new BridgeException(
            BridgeFailure.LimitExceeded, FailureStage.Admit,
            $"Chat, tools and texts of the request are {json.Length} bytes; at most {WireLimits.MaxJsonBytes} are possible.");
    }
}
