using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Content;

/// <summary>
/// REQUEST frames as Core's requests. Everything is copied: a request outlives its frame. Ranges of values are
/// <see cref="RequestValidation"/>'s. A fault here is that of one request.
/// </summary>
public static class RequestContent
{
    /// <summary>Reads a generation. Null when it is right.</summary>
    /// <param name="frame">The frame, of that kind.</param>
    /// <param name="request">The request; null when there is a fault.</param>
    public static FrameFault? Read(in RequestFrame frame, out InferenceRequest? request)
    {
        request = null;
        if (ReadTail(frame, out RequestTail tail) is { } bad)
        {
            return bad;
        }

        if (tail.Inputs is not null)
        {
            return FrameFault.Content("inputs", "inputs belong to an embedding. Leave them out.");
        }

        if (ReadPrompt(frame, tail, out Prompt? prompt) is { } wrong)
        {
            return wrong;
        }

        if (RequestSampling.Read(frame, tail, out SamplingOptions? sampling) is { } fault)
        {
            return fault;
        }

        StructuredOutput? structure = tail.StructuredOutput?.ToStructure();
        if (tail.StructuredOutput is not null && structure is null)
        {
            return FrameFault.Content("structured_output",
                "structured_output has an unknown kind, or not the value that its kind needs.");
        }

        request = new InferenceRequest
        {
            Model = Encoding.UTF8.GetString(frame.Model),
            Prompt = prompt,
            Sampling = sampling,
            StructuredOutput = structure,
            Adapter = TextOrNull(frame.Adapter),
            Output = (OutputParts)(frame.Options & (RequestBits.Text | RequestBits.TokenIds | RequestBits.PromptIds)),
            Stream = frame.Has(RequestBits.Stream),
            Priority = frame.Priority,
            CachePolicy = frame.Has(RequestBits.BypassCache) ? CachePolicy.Bypass : CachePolicy.Default,
            Tenant = TextOrNull(frame.Tenant),
            Deadlines = DeadlinesOf(frame),
            RequestId = TextOrNull(frame.RequestId),
            TraceParent = TextOrNull(frame.TraceParent),
        };
        return null;
    }

    /// <summary>Reads an embedding. Null when it is right.</summary>
    /// <param name="frame">The frame, of that kind.</param>
    /// <param name="request">The request; null when there is a fault.</param>
    public static FrameFault? Read(in RequestFrame frame, out EmbeddingRequest? request)
    {
        request = null;
        if (ReadTail(frame, out RequestTail tail) is { } bad)
        {
            return bad;
        }

        if (tail.Inputs is not { ValueKind: JsonValueKind.Array } given || HasGenerationMembers(tail)
            || tail.Chat is not null)
        {
            return FrameFault.Content("inputs", "An embedding has inputs and nothing else in its JSON.");
        }

        if (ReadInputs(frame, given, out List<Prompt> inputs) is { } wrong)
        {
            return wrong;
        }

        request = new EmbeddingRequest
        {
            Model = Encoding.UTF8.GetString(frame.Model),
            Inputs = inputs,
            Dimensions = frame.Int(GivenFields.Dimensions, FrameLayout.Request.Dimensions),
            Deadlines = DeadlinesOf(frame),
            RequestId = TextOrNull(frame.RequestId),
            TraceParent = TextOrNull(frame.TraceParent),
        };
        return null;
    }

    /// <summary>Reads a text or chat to tokenize. Null when it is right.</summary>
    /// <param name="frame">The frame, of that kind.</param>
    /// <param name="request">The request; null when there is a fault.</param>
    public static FrameFault? Read(in RequestFrame frame, out TokenizeRequest? request)
    {
        request = null;
        if (ReadTail(frame, out RequestTail tail) is { } bad)
        {
            return bad;
        }

        if (tail.Inputs is not null || HasGenerationMembers(tail))
        {
            return FrameFault.Content("json", "What is tokenized has at most a chat in its JSON.");
        }

        if (ReadPrompt(frame, tail, out Prompt? prompt) is { } wrong)
        {
            return wrong;
        }

        request = new TokenizeRequest
        {
            Model = Encoding.UTF8.GetString(frame.Model),
            Prompt = prompt,
            AddSpecialTokens = frame.Has(RequestBits.AddSpecialGiven) ? frame.Has(RequestBits.AddSpecial) : null,
        };
        return null;
    }

    /// <summary>Reads ids to detokenize. Null when it is right.</summary>
    /// <param name="frame">The frame, of that kind.</param>
    /// <param name="request">The request; null when there is a fault.</param>
    public static FrameFault? Read(in RequestFrame frame, out DetokenizeRequest? request)
    {
        request = null;
        if (CheckTexts(frame) is { } bad)
        {
            return bad;
        }

        if (!frame.Json.IsEmpty)
        {
            return FrameFault.Content("json", "What is detokenized has no JSON.");
        }

        request = new DetokenizeRequest
        {
            Model = Encoding.UTF8.GetString(frame.Model),
            TokenIds = frame.Ids.ToArray(),
            SkipSpecialTokens = !frame.Has(RequestBits.KeepSpecialTokens),
        };
        return null;
    }

    private static FrameFault? ReadTail(in RequestFrame frame, out RequestTail tail)
    {
        tail = RequestTail.None;
        if (CheckTexts(frame) is { } bad)
        {
            return bad;
        }

        if (!WireJson.TryRead(frame.Json, WireJson.Strict.RequestTail, out RequestTail? read))
        {
            return FrameFault.Content("json", "The JSON of the request is none, or has a member that is unknown or of another form.");
        }

        tail = read ?? tail;
        return tail.Unknown is { Count: > 0 } unknown
            ? FrameFault.Unsupported(FirstName(unknown)) : null;
    }

    // A name is not repeated as it is when it could be anything.
    private static string FirstName(Dictionary<string, JsonElement> unknown)
    {
        string name = unknown.Keys.First();
        return name.Length <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? name : "json";
    }

    private static FrameFault? CheckTexts(in RequestFrame frame)
    {
        if (frame.Ids.ContainsAnyInRange(int.MinValue, -1) || frame.StopIds.ContainsAnyInRange(int.MinValue, -1))
        {
            return FrameFault.Content("prompt", "A token id is negative; ids are at least 0.");
        }

        return Utf8.IsValid(frame.Model) && Utf8.IsValid(frame.RequestId) && Utf8.IsValid(frame.TraceParent)
            && Utf8.IsValid(frame.Adapter) && Utf8.IsValid(frame.Tenant) && Utf8.IsValid(frame.Text)
            ? null : FrameFault.Content("request", "A text of the request is not UTF-8.");
    }

    private static FrameFault? ReadPrompt(in RequestFrame frame, RequestTail tail, [NotNull] out Prompt? prompt)
    {
        prompt = frame.Prompt switch
        {
            PromptForm.Tokens => new TokenPrompt(frame.Ids.ToArray()),
            PromptForm.Text => new TextPrompt(Encoding.UTF8.GetString(frame.Text)),
            _ => tail.Chat?.ToPrompt() ?? (Prompt)new TextPrompt(""),
        };
        bool isRight = frame.Prompt == PromptForm.Chat ? prompt is ChatPrompt : tail.Chat is null;
        return isRight ? null : FrameFault.Content("messages",
            "chat is missing, holds an unknown tool_choice, or stands beside another prompt.");
    }

    private static FrameFault? ReadInputs(
        in RequestFrame frame, JsonElement given, out List<Prompt> inputs)
    {
        inputs = [];
        int used = 0;
        int length = given.GetArrayLength();
        if (length > RequestLimits.MaxEmbeddingInputs)
        {
            return FrameFault.Content("inputs", $"inputs holds {length} of them; at most "
                + $"{RequestLimits.MaxEmbeddingInputs} are possible. Send several requests.");
        }

        foreach (JsonElement input in given.EnumerateArray())
        {
            if (input.ValueKind == JsonValueKind.String && TryString(input, out string text))
            {
                inputs.Add(new TextPrompt(text));
                continue;
            }

            if (input.ValueKind != JsonValueKind.Number || !input.TryGetInt32(out int count)
                || count < 0 || count > frame.Ids.Length - used)
            {
                return FrameFault.Content("inputs", "inputs holds what is neither a text nor a number of the ids that are left.");
            }

            inputs.Add(new TokenPrompt(frame.Ids.Slice(used, count).ToArray()));
            used += count;
        }

        return used == frame.Ids.Length ? null : FrameFault.Content("inputs", "inputs does not use all ids.");
    }

    private static bool TryString(JsonElement element, out string text)
    {
        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // An escape that is half of a surrogate pair.
            text = "";
            return false;
        }
    }

    private static bool HasGenerationMembers(RequestTail tail) =>
        tail.Stop is not null || tail.LogitBias is not null || tail.StructuredOutput is not null;

    private static string? TextOrNull(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text);

    // A budget that the client does not set is the listener's to choose.
    private static DeadlineBudgets DeadlinesOf(in RequestFrame frame) => new()
    {
        Total = frame.Total == Timeout.InfiniteTimeSpan ? null : frame.Total,
        FirstToken = frame.FirstToken == Timeout.InfiniteTimeSpan ? null : frame.FirstToken,
        Idle = frame.Idle == Timeout.InfiniteTimeSpan ? null : frame.Idle,
    };
}
