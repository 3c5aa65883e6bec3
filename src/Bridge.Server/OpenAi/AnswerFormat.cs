using System.Buffers;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.OpenAi;

/// <summary>
/// Writes one answer in OpenAI's shapes, with vLLM's additions where they were asked for and <c>engine</c> beside
/// <c>model</c>. One per answer; not for several threads. Writing an event allocates nothing.
/// </summary>
internal abstract class AnswerFormat(OpenAiRequest request, string id, long created) : IDisposable
{
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText Object = JsonEncodedText.Encode("object");
    private static readonly JsonEncodedText Created = JsonEncodedText.Encode("created");
    private static readonly JsonEncodedText Model = JsonEncodedText.Encode("model");
    private static readonly JsonEncodedText Engine = JsonEncodedText.Encode("engine");
    private static readonly JsonEncodedText Choices = JsonEncodedText.Encode("choices");
    private static readonly JsonEncodedText TokenIds = JsonEncodedText.Encode("token_ids");
    private static readonly JsonEncodedText PromptTokenIds = JsonEncodedText.Encode("prompt_token_ids");
    private static readonly JsonEncodedText FinishReasonName = JsonEncodedText.Encode("finish_reason");
    private static readonly JsonEncodedText StopReason = JsonEncodedText.Encode("stop_reason");

    private readonly Utf8JsonWriter _json = new(Stream.Null, JsonAnswer.Options);
    private JsonEncodedText _model;
    private JsonEncodedText _engine;

    protected OpenAiRequest Request { get; } = request;

    protected abstract string WholeObject { get; }

    protected abstract string EventObject { get; }

    public void Dispose() => _json.Dispose();

    /// <summary>Takes note of who answers, before the first event.</summary>
    public void Begin(GenerationStart start)
    {
        _model = JsonEncodedText.Encode(start.Model, JsonAnswer.Options.Encoder);
        _engine = JsonEncodedText.Encode(start.Engine, JsonAnswer.Options.Encoder);
    }

    /// <summary>Writes the events of one chunk.</summary>
    public abstract void WriteChunk(IBufferWriter<byte> output, in InferenceChunk chunk);

    /// <summary>Writes the whole answer as one object.</summary>
    public void WriteWhole(Utf8JsonWriter json, InferenceResult result)
    {
        Begin(result.Start);
        WriteHead(json, WholeObject);
        json.WriteStartArray(Choices);
        json.WriteStartObject();
        WriteChoice(json, result);
        WriteEnd(json, result.End);
        if (Request.ReturnTokenIds)
        {
            json.WriteStartArray(TokenIds);
            foreach (int token in result.TokenIds)
            {
                json.WriteNumberValue(token);
            }

            json.WriteEndArray();
        }

        WriteChoicePromptIds(json, result.Start);
        json.WriteEndObject();
        json.WriteEndArray();
        UsageFields.Write(json, result.End.Usage);
        WriteTopPromptIds(json, result.Start);
        json.WriteEndObject();
    }

    /// <summary>Writes the event with the usage alone.</summary>
    public void WriteUsage(IBufferWriter<byte> output, TokenUsage usage)
    {
        Utf8JsonWriter json = StartEvent(output);
        WriteHead(json, EventObject);
        json.WriteStartArray(Choices);
        json.WriteEndArray();
        UsageFields.Write(json, usage);
        json.WriteEndObject();
        EndEvent(output);
    }

    /// <summary>Writes the event that says why the stream breaks off. No <c>[DONE]</c> follows it.</summary>
    public void WriteError(IBufferWriter<byte> output, OpenAiError error)
    {
        error.WriteTo(StartEvent(output));
        EndEvent(output);
    }

    /// <summary>Writes the mark of a complete stream.</summary>
    public static void WriteDone(IBufferWriter<byte> output) => output.Write("data: [DONE]\n\n"u8);

    /// <summary>The fields of a choice of a whole answer, without its end.</summary>
    protected abstract void WriteChoice(Utf8JsonWriter json, InferenceResult result);

    /// <summary>Prompt ids inside the choice, where this face has them there.</summary>
    protected abstract void WriteChoicePromptIds(Utf8JsonWriter json, GenerationStart start);

    /// <summary>Prompt ids beside the choices, where this face has them there.</summary>
    protected abstract void WriteTopPromptIds(Utf8JsonWriter json, GenerationStart start);

    protected Utf8JsonWriter StartEvent(IBufferWriter<byte> output)
    {
        output.Write("data: "u8);
        _json.Reset(output);
        return _json;
    }

    protected void EndEvent(IBufferWriter<byte> output)
    {
        _json.Flush();
        output.Write("\n\n"u8);
    }

    /// <summary>Opens the object and writes what every object begins with.</summary>
    protected void WriteHead(Utf8JsonWriter json, string kind)
    {
        json.WriteStartObject();
        json.WriteString(Id, id);
        json.WriteString(Object, kind);
        json.WriteNumber(Created, created);
        json.WriteString(Model, _model);
        json.WriteString(Engine, _engine);
    }

    protected static void WriteChoicesStart(Utf8JsonWriter json) => json.WriteStartArray(Choices);

    protected static void WriteEnd(Utf8JsonWriter json, GenerationEnd? end)
    {
        if (end is null)
        {
            json.WriteNull(FinishReasonName);
            return;
        }

        json.WriteString(FinishReasonName, NameOf(end.Reason));
        if (end.StopTokenId is { } token)
        {
            json.WriteNumber(StopReason, token);
        }
        else
        {
            json.WriteString(StopReason, end.StopString);
        }
    }

    protected void WriteTokenIds(Utf8JsonWriter json, ReadOnlySpan<int> tokens)
    {
        if (Request.ReturnTokenIds)
        {
            WriteIds(json, TokenIds, tokens);
        }
    }

    protected void WritePromptIds(Utf8JsonWriter json, GenerationStart start)
    {
        if (Request.ReturnTokenIds)
        {
            WriteIds(json, PromptTokenIds, start.PromptTokenIds.Span);
        }
    }

    private static void WriteIds(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<int> ids)
    {
        json.WriteStartArray(name);
        foreach (int id in ids)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
    }

    private static ReadOnlySpan<byte> NameOf(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop"u8,
        FinishReason.Length => "length"u8,
        FinishReason.ToolCalls => "tool_calls"u8,
        _ => "repetition"u8,
    };
}
