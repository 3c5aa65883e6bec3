using System.Text.Json;
using System.Text.Json.Nodes;

namespace ThemisBridge.Tokenization.Tests.Oracles;

/// <summary>Hugging Face's tokenizers 0.22, the library that engines encode with.</summary>
public sealed class HuggingFaceOracle() : OracleProcess(
    "node", "huggingface.js", new Dictionary<string, string> { ["NODE_PATH"] = Reference.Folder("node_modules") })
{
    /// <summary>The ids of texts.</summary>
    /// <param name="tokenizer">A path, or the text of a tokenizer.json.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="add">Whether to add special tokens around them.</param>
    public async Task<int[][]> EncodeAsync(string tokenizer, IReadOnlyList<string> texts, bool add = false)
    {
        var request = Request(tokenizer);
        request["texts"] = new JsonArray([.. texts.Select(text => JsonValue.Create(text))]);
        request["add"] = add;
        return (await AnswerAsync(request))["ids"].Deserialize<int[][]>()!;
    }

    /// <summary>The texts of ids.</summary>
    /// <param name="tokenizer">A path, or the text of a tokenizer.json.</param>
    /// <param name="ids">The ids.</param>
    /// <param name="skip">Whether special tokens are left out.</param>
    public async Task<string[]> DecodeAsync(string tokenizer, IReadOnlyList<int[]> ids, bool skip)
    {
        var request = Request(tokenizer);
        request["ids"] = JsonSerializer.SerializeToNode(ids);
        request["skip"] = skip;
        return (await AnswerAsync(request))["texts"].Deserialize<string[]>()!;
    }

    private static JsonObject Request(string tokenizer) => tokenizer.StartsWith('{')
        ? new JsonObject { ["json"] = tokenizer }
        : new JsonObject { ["file"] = tokenizer };

    private async Task<JsonNode> AnswerAsync(JsonObject request)
    {
        var answer = await AskAsync(request);
        Assert.Null((string?)answer["error"]);
        return answer;
    }
}
