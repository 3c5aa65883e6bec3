using System.Text;
using System.Text.Json.Nodes;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Tests.Vectors;

/// <summary>A frame that was read, as the fields of a vector: what is zero, empty or not given is absent.</summary>
internal static class FrameFields
{
    public static JsonObject Of(in AcceptedFrame frame) => Clean(new JsonObject
    {
        ["type"] = "accepted",
        ["handle"] = frame.Handle,
        ["seed"] = frame.Seed,
        ["ids"] = Ids(frame.PromptIds),
        ["model"] = Text(frame.Model),
        ["engine_id"] = Text(frame.EngineId),
    });

    public static JsonObject Of(in StepFrame frame)
    {
        var rows = new JsonArray();
        foreach (StepRow row in frame)
        {
            var fields = new JsonObject { ["handle"] = row.Handle, ["ids"] = Ids(row.Ids, keepEmpty: true) };
            Put(fields, "text", Text(row.Text));
            Put(fields, "details", row.Details.IsEmpty ? null : JsonNode.Parse(row.Details));
            Put(fields, "logprobs", (frame.Columns & StepColumns.Logprobs) == 0 ? null : Logprobs(row));
            rows.Add(fields);
        }

        return new JsonObject { ["type"] = "step", ["rows"] = rows };
    }

    public static JsonObject Of(in ResultFrame frame)
    {
        var fields = new JsonObject
        {
            ["type"] = "result",
            ["handle"] = frame.Handle,
            ["kind"] = frame.Kind.ToString().ToLowerInvariant(),
        };
        switch (frame.Kind)
        {
            case ResultKind.Embedding:
                var vectors = new JsonArray();
                for (int i = 0; i < frame.Count; i++)
                {
                    vectors.Add(Floats(frame.Vectors.Slice(i * frame.Extra, frame.Extra)));
                }

                fields["vectors"] = vectors;
                break;
            case ResultKind.Ids:
                fields["ids"] = Ids(frame.Ids, keepEmpty: true);
                Put(fields, "max_model_length", frame.Extra == 0 ? null : frame.Extra);
                break;
            case ResultKind.Text:
                fields["text"] = Encoding.UTF8.GetString(frame.Text);
                break;
            default:
                fields["json"] = JsonNode.Parse(frame.Text);
                break;
        }

        return fields;
    }

    public static JsonObject Of(in EndFrame frame) => Clean(new JsonObject
    {
        ["type"] = "end",
        ["handle"] = frame.Handle,
        ["finish"] = Word(frame.Finish),
        ["prompt_tokens"] = frame.Usage.PromptTokens,
        ["cached_tokens"] = frame.Usage.CachedTokens,
        ["completion_tokens"] = frame.Usage.CompletionTokens,
        ["stop_id"] = frame.StopId,
        ["stop"] = Text(frame.Stop),
    });

    public static JsonObject Of(in ErrorFrame frame) => Clean(new JsonObject
    {
        ["type"] = "error",
        ["handle"] = frame.Handle,
        ["code"] = Word(frame.Code),
        ["stage"] = Word(frame.Stage),
        ["parameter"] = Text(frame.Parameter),
        ["retry_after_ms"] = frame.RetryAfter?.TotalMilliseconds,
        ["message"] = Text(frame.Message),
    });

    public static JsonObject Of(in AdminFrame frame) => Clean(new JsonObject
    {
        ["type"] = "admin",
        ["handle"] = frame.Handle,
        ["operation"] = Word(frame.Operation),
        ["total_ms"] = frame.Total == Timeout.InfiniteTimeSpan ? null : frame.Total.TotalMilliseconds,
        ["json"] = frame.Json.IsEmpty ? null : JsonNode.Parse(frame.Json),
    });

    public static JsonObject Of(in GoAwayFrame frame) => Clean(new JsonObject
    {
        ["type"] = "goaway",
        ["drain_ms"] = frame.DrainMs,
        ["message"] = Text(frame.Message),
    });

    public static JsonObject Of(in UpgradeFrame frame) => Clean(new JsonObject
    {
        ["type"] = "upgrade",
        ["step"] = Word(frame.Step),
        ["kind"] = Word(frame.Kind),
        ["descriptors"] = frame.Descriptors == 0 ? null : frame.Descriptors,
        ["body"] = frame.Body.IsEmpty ? null : Convert.ToHexStringLower(frame.Body),
    });

    public static JsonObject Of(HelloFrame frame)
    {
        JsonArray capabilities = Bits(frame.Capabilities, "capability");
        JsonNode json = JsonNode.Parse(WireJson.Write(frame.Content, WireJson.Lenient.HelloContent))!;
        return Clean(new JsonObject
        {
            ["type"] = "hello",
            ["major"] = 1,
            ["minor"] = frame.Minor,
            ["role"] = Word(frame.Role),
            ["offered"] = Bits((ulong)frame.Offered, "feature"),
            ["required"] = Bits((ulong)frame.Required, "feature"),
            ["max_frame_bytes"] = frame.MaxFrameBytes,
            ["max_requests"] = frame.MaxRequests == 0 ? null : frame.MaxRequests,
            ["capabilities"] = capabilities.Count == 0 ? null : capabilities,
            ["json"] = json.AsObject().Count == 0 ? null : json,
        });
    }

    /// <summary>An enumeration's word in layout.json.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum =>
        string.Concat(
            value.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : $"{c}"));

    /// <summary>The object without members that are null.</summary>
    public static JsonObject Clean(JsonObject fields)
    {
        foreach (string name in fields.Where(pair => pair.Value is null).Select(pair => pair.Key).ToArray())
        {
            fields.Remove(name);
        }

        return fields;
    }

    public static JsonArray? Ids(ReadOnlySpan<int> ids, bool keepEmpty = false)
    {
        var array = new JsonArray();
        foreach (int id in ids)
        {
            array.Add(id);
        }

        return array.Count == 0 && !keepEmpty ? null : array;
    }

    /// <summary>Bits as words of a table, or numbers where it has none.</summary>
    public static JsonArray Bits(ulong bits, string table)
    {
        Dictionary<int, string> words = WireFiles.Layout["bits"]![table]!.AsObject()
            .ToDictionary(pair => (int)pair.Value!, pair => pair.Key);
        var array = new JsonArray();
        for (int bit = 0; bit < 64; bit++)
        {
            if ((bits >> bit & 1) != 0)
            {
                array.Add(words.TryGetValue(bit, out string? word) ? word : (JsonNode)bit);
            }
        }

        return array;
    }

    private static JsonArray Logprobs(in StepRow row)
    {
        var array = new JsonArray();
        int top = 0;
        for (int i = 0; i < row.Logprobs.Length; i++)
        {
            var tops = new JsonArray();
            for (uint j = 0; j < row.TopCounts[i]; j++, top++)
            {
                tops.Add(new JsonArray(row.TopIds[top], row.TopLogprobs[top]));
            }

            array.Add(new JsonObject { ["logprob"] = row.Logprobs[i], ["top"] = tops });
        }

        return array;
    }

    private static JsonArray Floats(ReadOnlySpan<float> numbers)
    {
        var array = new JsonArray();
        foreach (float number in numbers)
        {
            array.Add(number);
        }

        return array;
    }

    private static string? Text(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text);

    private static void Put(JsonObject fields, string name, JsonNode? value)
    {
        if (value is not null)
        {
            fields[name] = value;
        }
    }
}
