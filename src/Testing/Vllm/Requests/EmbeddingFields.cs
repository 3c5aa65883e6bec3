using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>A request for embeddings.</summary>
/// <param name="Inputs">What to embed: texts, ids or one chat.</param>
/// <param name="Encoding"><c>float</c>, <c>base64</c> or <c>bytes</c>.</param>
/// <param name="IsHalf">Whether the numbers are sent in half precision.</param>
/// <param name="Truncate">How many tokens to keep, −1 for what fits; null refuses what does not.</param>
internal sealed record EmbeddingFields(
    IReadOnlyList<CallPrompt> Inputs, string Encoding, bool IsHalf, int? Truncate)
{
    private const string Formats = "'float', 'base64', 'bytes' or 'bytes_only'";

    /// <exception cref="VllmError">The request is refused.</exception>
    public static EmbeddingFields Read(JsonElement json, string model)
    {
        var faults = new SchemaFaults();
        var body = new FieldReader(json, "body", faults);
        if (body.Text("model") is { } name && name != model)
        {
            throw VllmError.NotFound($"The model `{name}` does not exist.");
        }

        string encoding = body.Text("encoding_format") ?? "float";
        if (encoding is not ("float" or "base64" or "bytes" or "bytes_only"))
        {
            NoteEncoding(body);
        }

        faults.ThrowIfAny();
        if (body.Integer("dimensions") is { } dimensions)
        {
            throw VllmError.BadRequest($"Model '{model}' does not support Matryoshka embeddings; dimensions must be "
                + $"unset (received dimensions={dimensions}).");
        }

        return new EmbeddingFields(
            InputsOf(body, model), encoding, body.Text("embed_dtype") == "float16",
            (int?)body.Integer("truncate_prompt_tokens"));
    }

    private static IReadOnlyList<CallPrompt> InputsOf(FieldReader body, string model)
    {
        if (body.Get("messages") is not null)
        {
            // The messages as they stand: nobody is asked to answer them.
            return [new CallPrompt
            {
                Chat = new ChatPrompt(MessageFields.Read(body, model)) { AddGenerationPrompt = false },
            }];
        }

        if (body.Get("input") is not { } input)
        {
            body.Faults.AddMissing("body.input", body.Element);
            body.Faults.ThrowIfAny();
            return [];
        }

        if (input.ValueKind == JsonValueKind.String && input.ValueEquals(""))
        {
            throw VllmError.BadRequest("The decoder prompt cannot be empty");
        }

        IReadOnlyList<CallPrompt> inputs = PromptFields.Read(input, body.Faults);
        body.Faults.ThrowIfAny();
        return inputs.Count > 0 ? inputs : throw VllmError.BadRequest("You must pass at least one prompt");
    }

    // The members of vLLM's union of embedding requests, in its order.
    private static void NoteEncoding(FieldReader body)
    {
        JsonElement input = body.Get("encoding_format")!.Value;
        void Literal() => body.Faults.Add("literal_error", "body.encoding_format", $"Input should be {Formats}", input,
            $"{{'expected': \"{Formats}\"}}");
        Literal();
        for (int i = 0; i < 4; i++)
        {
            Literal();
            body.Faults.AddMissing("body.messages", body.Element);
            if (i == 2 && body.Get("input") is { } text)
            {
                body.Faults.Add("list_type", "body.input", "Input should be a valid list", text);
            }
        }

        Literal();
    }
}
