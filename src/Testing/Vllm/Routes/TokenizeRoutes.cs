using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Routes;

/// <summary><c>/tokenize</c> and <c>/detokenize</c>, with the backend's vocabulary.</summary>
internal sealed class TokenizeRoutes(VllmServer server)
{
    public async Task TokenizeAsync(VllmExchange exchange, CancellationToken ending)
    {
        (Prompt prompt, bool? addsSpecial, bool wantsTexts) =
            JsonBody.Read(exchange.Request, server.Options.Dialect, ReadText);
        int[] ids = prompt is TextPrompt { Text.Length: 0 } ? [] : await EncodeAsync(prompt, addsSpecial, ending);
        JsonLine line = new JsonLine().Open().Field("count", ids.Length)
            .Field("max_model_len", await server.ContextAsync(ending)).Ids("tokens", ids);
        if (wantsTexts)
        {
            line.Name("token_strs").Open('[');
            foreach (string token in await new TokenStrings(server).OfAsync(ids, ending))
            {
                line.Value(token);
            }

            line.Close(']');
        }
        else
        {
            line.Null("token_strs");
        }

        await exchange.JsonAsync(200, line.Close().ToBytes(), ending);
    }

    public async Task DetokenizeAsync(VllmExchange exchange, CancellationToken ending)
    {
        IReadOnlyList<int> tokens = JsonBody.Read(exchange.Request, server.Options.Dialect, ReadIds);
        // An id that no token has is no text.
        int[] known = [.. tokens.Where(id => server.Options.VocabularySize is not { } size || id < size)];
        string text = known.Length == 0 ? "" : await BackendErrors.CallAsync(() => server.Backend.DetokenizeAsync(
            new DetokenizeRequest { Model = server.BackendModel, TokenIds = known }, ending));
        await exchange.JsonAsync(200, new JsonLine().Open().Field("prompt", text).Close().ToBytes(), ending);
    }

    private (Prompt Prompt, bool? AddsSpecial, bool WantsTexts) ReadText(JsonElement json)
    {
        var body = new FieldReader(json, "body", new SchemaFaults());
        Prompt prompt = body.Get("messages") is null
            ? new TextPrompt(body.Text("prompt") ?? "")
            : new ChatPrompt(MessageFields.Read(body, server.Model))
            {
                AddGenerationPrompt = body.Get("add_generation_prompt") is not { ValueKind: JsonValueKind.False },
            };
        body.Faults.ThrowIfAny();
        server.AdapterOf(body.Text("model"));
        return (prompt, body.Get("add_special_tokens") is { } given ? given.ValueKind == JsonValueKind.True : null,
            body.Flag("return_token_strs"));
    }

    private IReadOnlyList<int> ReadIds(JsonElement json)
    {
        var body = new FieldReader(json, "body", new SchemaFaults());
        IReadOnlyList<int> tokens = body.Ids("tokens");
        for (int i = 0; i < tokens.Count; i++)
        {
            if (tokens[i] < 0)
            {
                body.Faults.Add("greater_than_equal", $"body.tokens.{i}", "Input should be greater than or equal to 0",
                    body.Get("tokens")!.Value[i], "{'ge': 0}");
            }
        }

        body.Faults.ThrowIfAny();
        server.AdapterOf(body.Text("model"));
        return tokens;
    }

    private async Task<int[]> EncodeAsync(Prompt prompt, bool? special, CancellationToken ending)
    {
        TokenizeResult result = await BackendErrors.CallAsync(() => server.Backend.TokenizeAsync(
            new TokenizeRequest { Model = server.BackendModel, Prompt = prompt, AddSpecialTokens = special }, ending));
        return result.TokenIds.ToArray();
    }
}
