using System.Buffers.Binary;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads the answer of <c>/v1/embeddings</c>: numbers, or base64 of little-endian float32.</summary>
internal static class EmbeddingParser
{
    /// <summary>Reads an answer.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="count">How many vectors were asked for.</param>
    /// <param name="model">The model that was asked, for an answer that names none.</param>
    /// <exception cref="JsonException">It is no such answer, or not one vector per input, all of one
    /// length.</exception>
    public static EmbeddingResult Parse(ReadOnlySpan<byte> utf8, int count, string model)
    {
        var json = new Utf8JsonReader(utf8);
        Expect(json.Read() && json.TokenType == JsonTokenType.StartObject, "A JSON object was expected.");
        var vectors = new ReadOnlyMemory<float>[count];
        int found = 0;
        TokenUsage usage = default;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonText.Is(ref json, "data"u8))
            {
                json.Read();
                found = ReadData(ref json, vectors);
            }
            else if (JsonText.Is(ref json, "usage"u8))
            {
                json.Read();
                usage = UsageParser.Read(ref json) ?? default;
            }
            else if (JsonText.Is(ref json, "model"u8))
            {
                json.Read();
                model = JsonText.ReadOrNull(ref json) ?? model;
            }
            else
            {
                json.Skip();
            }
        }

        Expect(found == count && vectors.All(v => v.Length == vectors[0].Length && v.Length > 0),
            $"{count} vectors of one length were expected.");
        return new EmbeddingResult(model, vectors, usage with { CompletionTokens = null });
    }

    private static int ReadData(ref Utf8JsonReader json, ReadOnlyMemory<float>[] vectors)
    {
        Expect(json.TokenType == JsonTokenType.StartArray, "'data' is not a list.");
        int found = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Expect(json.TokenType == JsonTokenType.StartObject, "An entry of 'data' is not an object.");
            int index = found;
            float[]? vector = null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (JsonText.Is(ref json, "index"u8))
                {
                    json.Read();
                    index = JsonText.ReadIntOrNull(ref json) ?? found;
                }
                else if (JsonText.Is(ref json, "embedding"u8))
                {
                    json.Read();
                    vector = ReadVector(ref json);
                }
                else
                {
                    json.Skip();
                }
            }

            Expect(vector is not null && index >= 0 && index < vectors.Length && vectors[index].IsEmpty,
                "The vectors do not belong to the inputs.");
            vectors[index] = vector;
            found++;
        }

        return found;
    }

    private static float[] ReadVector(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            return ReadBase64(ref json);
        }

        Expect(json.TokenType == JsonTokenType.StartArray, "A vector is neither a list nor base64.");
        List<float> values = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            float value = 0;
            Expect(json.TokenType == JsonTokenType.Number && json.TryGetSingle(out value),
                "An element of a vector is not a number.");
            values.Add(value);
        }

        return [.. values];
    }

    private static float[] ReadBase64(ref Utf8JsonReader json)
    {
        Expect(json.TryGetBytesFromBase64(out byte[]? decoded), "A vector is not valid base64.");
        byte[] bytes = decoded!;
        Expect(bytes.Length % sizeof(float) == 0, "A vector is not a list of float32.");
        float[] vector = new float[bytes.Length / sizeof(float)];
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        }

        return vector;
    }

    private static void Expect(bool condition, string message)
    {
        if (!condition)
        {
            throw new JsonException(message);
        }
    }
}
