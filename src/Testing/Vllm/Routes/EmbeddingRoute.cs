using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Routes;

/// <summary><c>/v1/embeddings</c> of a pooling server.</summary>
internal sealed class EmbeddingRoute(VllmServer server)
{
    public async Task AnswerAsync(VllmExchange exchange, CancellationToken ending)
    {
        EmbeddingFields fields = JsonBody.Read(exchange.Request, server.Options.Dialect,
            json => EmbeddingFields.Read(json, server.Model));
        if (server.Life.IsEngineDead)
        {
            throw VllmError.EngineDead();
        }

        var inputs = new List<Prompt>();
        int tokens = 0;
        foreach (CallPrompt input in fields.Inputs)
        {
            int[] ids = await EncodeAsync(input, fields.Truncate, ending);
            tokens += ids.Length;
            inputs.Add(new TokenPrompt(ids));
        }

        EmbeddingResult result = await EmbedAsync(inputs, ending);
        string id = "embd-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        long created = server.Options.Time.GetUtcNow().ToUnixTimeSeconds();
        if (fields.Encoding.StartsWith("bytes", StringComparison.Ordinal))
        {
            await SendBytesAsync(exchange, result, (id, created, tokens), ending);
            return;
        }

        JsonLine line = new JsonLine().Open().Field("id", id).Field("object", "list").Field("created", created)
            .Field("model", server.Model).Name("data").Open('[');
        for (int i = 0; i < result.Vectors.Count; i++)
        {
            line.Open().Field("index", i).Field("object", "embedding").Name("embedding")
                .Raw(Spell(result.Vectors[i].Span, fields)).Close();
        }

        line.Close(']').Name("usage").Open().Field("prompt_tokens", tokens).Field("total_tokens", tokens)
            .Field("completion_tokens", 0).Null("prompt_tokens_details", "completion_tokens_details").Close();
        await exchange.JsonAsync(200, line.Close().ToBytes(), ending);
    }

    private static string Spell(ReadOnlySpan<float> vector, EmbeddingFields fields)
    {
        if (fields.Encoding == "float")
        {
            return $"[{string.Join(',', vector.ToArray().Select(one => NumberText.Python(one)))}]";
        }

        Half[] half = fields.IsHalf ? [.. vector.ToArray().Select(one => (Half)one)] : [];
        ReadOnlySpan<byte> bytes = fields.IsHalf
            ? MemoryMarshal.AsBytes<Half>(half) : MemoryMarshal.AsBytes(vector);
        return $"\"{Convert.ToBase64String(bytes)}\"";
    }

    // The numbers as they are, and the JSON in a header.
    private async Task SendBytesAsync(
        VllmExchange exchange, EmbeddingResult result, (string Id, long Created, int Tokens) facts,
        CancellationToken ending)
    {
        int length = result.Vectors[0].Length;
        string data = string.Join(", ", result.Vectors.Select((_, i) =>
            $"{{\"index\": {i}, \"embed_dtype\": \"float32\", \"endianness\": \"native\", \"start\": {i * length * 4}, "
            + $"\"end\": {(i + 1) * length * 4}, \"shape\": [{length}]}}"));
        string metadata = $"{{\"id\": \"{facts.Id}\", \"created\": {facts.Created}, \"model\": \"{server.Model}\", "
            + $"\"data\": [{data}], \"usage\": {{\"prompt_tokens\": {facts.Tokens}, "
            + $"\"total_tokens\": {facts.Tokens}}}}}";
        await exchange.BeginBytesAsync(metadata, ending);
        foreach (ReadOnlyMemory<float> vector in result.Vectors)
        {
            await exchange.ChunkAsync(MemoryMarshal.AsBytes(vector.Span).ToArray(), ending);
        }

        await exchange.EndChunksAsync(ending);
    }

    private async Task<int[]> EncodeAsync(CallPrompt input, int? truncate, CancellationToken ending)
    {
        int? context = await server.ContextAsync(ending);
        var request = new TokenizeRequest { Model = server.BackendModel, Prompt = input.ToPrompt() };
        int[] ids = input.Ids ?? (await BackendErrors.CallAsync(() =>
            server.Backend.TokenizeAsync(request, ending))).TokenIds.ToArray();
        int? most = truncate == -1 ? context : truncate;
        if (most is { } limit && ids.Length > limit)
        {
            // What is embedded is cut at its end.
            ids = ids[..limit];
        }

        return ids.Length > context
            ? throw CallPreparer.ContextError(context.Value, input.Ids is null ? context.Value + 1 : ids.Length,
                isLowerBound: input.Ids is null)
            : ids;
    }

    private Task<EmbeddingResult> EmbedAsync(IReadOnlyList<Prompt> inputs, CancellationToken ending) =>
        BackendErrors.CallAsync(() => server.Backend.EmbedAsync(
            new EmbeddingRequest { Model = server.BackendModel, Inputs = inputs }, ending));
}
