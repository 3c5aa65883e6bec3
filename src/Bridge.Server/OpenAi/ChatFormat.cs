using System.Buffers;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.OpenAi;

/// <summary>The shapes of <c>/v1/chat/completions</c>.</summary>
internal sealed class ChatFormat(OpenAiRequest request, string id, long created) : AnswerFormat(request, id, created)
{
    private static readonly JsonEncodedText Index = JsonEncodedText.Encode("index");
    private static readonly JsonEncodedText Delta = JsonEncodedText.Encode("delta");
    private static readonly JsonEncodedText Content = JsonEncodedText.Encode("content");
    private static readonly JsonEncodedText Reasoning = JsonEncodedText.Encode("reasoning");
    private static readonly JsonEncodedText Logprobs = JsonEncodedText.Encode("logprobs");

    protected override string WholeObject => "chat.completion";

    protected override string EventObject => "chat.completion.chunk";

    public override void WriteChunk(IBufferWriter<byte> output, in InferenceChunk chunk)
    {
        if (chunk.Start is { } start)
        {
            WriteRole(output, start);
        }

        bool says = chunk.Text is { Length: > 0 } || chunk.Reasoning is { Length: > 0 }
            || chunk.ToolCalls is { Count: > 0 } || chunk.Logprobs is { Count: > 0 }
            || (Request.ReturnTokenIds && !chunk.TokenIds.IsEmpty) || chunk.End is not null;
        if (!says)
        {
            return;
        }

        Utf8JsonWriter json = StartEvent(output);
        WriteHead(json, EventObject);
        WriteChoicesStart(json);
        json.WriteStartObject();
        json.WriteNumber(Index, 0);
        json.WriteStartObject(Delta);
        WriteDelta(json, chunk);
        json.WriteEndObject();
        LogprobFields.WriteChat(json, Logprobs, chunk.Logprobs);
        WriteEnd(json, chunk.End);
        WriteTokenIds(json, chunk.TokenIds.Span);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        EndEvent(output);
    }

    protected override void WriteChoice(Utf8JsonWriter json, InferenceResult result)
    {
        json.WriteNumber(Index, 0);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        if (result.Text.Length == 0 && result.ToolCalls.Count > 0)
        {
            json.WriteNull(Content);
        }
        else
        {
            json.WriteString(Content, result.Text);
        }

        if (result.Reasoning is { } reasoning)
        {
            json.WriteString(Reasoning, reasoning);
        }

        if (result.ToolCalls.Count > 0)
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (ToolCall call in result.ToolCalls)
            {
                ToolCallFields.Write(json, null, call.Id, call.Name, call.ArgumentsJson);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        LogprobFields.WriteChat(json, Logprobs, result.Logprobs.Count > 0 ? result.Logprobs : null);
    }

    protected override void WriteChoicePromptIds(Utf8JsonWriter json, GenerationStart start)
    {
    }

    protected override void WriteTopPromptIds(Utf8JsonWriter json, GenerationStart start) =>
        WritePromptIds(json, start);

    private static void WriteDelta(Utf8JsonWriter json, in InferenceChunk chunk)
    {
        if (chunk.Reasoning is { Length: > 0 } reasoning)
        {
            json.WriteString(Reasoning, reasoning);
        }

        if (chunk.ToolCalls is { Count: > 0 } calls)
        {
            json.WriteStartArray("tool_calls"u8);
            for (int i = 0; i < calls.Count; i++)
            {
                ToolCallFields.Write(json, calls[i].Index, calls[i].Id, calls[i].Name, calls[i].Arguments);
            }

            json.WriteEndArray();
        }

        if (chunk.Text is { Length: > 0 } text)
        {
            json.WriteString(Content, text);
        }
    }

    // The first event says who speaks and holds no text.
    private void WriteRole(IBufferWriter<byte> output, GenerationStart start)
    {
        Utf8JsonWriter json = StartEvent(output);
        WriteHead(json, EventObject);
        WriteChoicesStart(json);
        json.WriteStartObject();
        json.WriteNumber(Index, 0);
        json.WriteStartObject(Delta);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString(Content, "");
        json.WriteEndObject();
        json.WriteNull(Logprobs);
        WriteEnd(json, null);
        json.WriteEndObject();
        json.WriteEndArray();
        WritePromptIds(json, start);
        json.WriteEndObject();
        EndEvent(output);
    }
}
