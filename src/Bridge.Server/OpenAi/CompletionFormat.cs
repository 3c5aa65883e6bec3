using System.Buffers;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.OpenAi;

/// <summary>The shapes of <c>/v1/completions</c>.</summary>
internal sealed class CompletionFormat(OpenAiRequest request, string id, long created)
    : AnswerFormat(request, id, created)
{
    private static readonly JsonEncodedText Index = JsonEncodedText.Encode("index");
    private static readonly JsonEncodedText Text = JsonEncodedText.Encode("text");
    private static readonly JsonEncodedText Logprobs = JsonEncodedText.Encode("logprobs");

    private int _textOffset;

    protected override string WholeObject => "text_completion";

    protected override string EventObject => "text_completion";

    public override void WriteChunk(IBufferWriter<byte> output, in InferenceChunk chunk)
    {
        bool says = chunk.Start is not null || chunk.End is not null || chunk.Text is { Length: > 0 }
            || (Request.ReturnTokenIds && !chunk.TokenIds.IsEmpty) || chunk.Logprobs is { Count: > 0 };
        if (!says)
        {
            return;
        }

        Utf8JsonWriter json = StartEvent(output);
        WriteHead(json, EventObject);
        WriteChoicesStart(json);
        json.WriteStartObject();
        json.WriteNumber(Index, 0);
        json.WriteString(Text, chunk.Text ?? "");
        LogprobFields.WriteCompletion(json, Logprobs, chunk.Logprobs, ref _textOffset);
        WriteEnd(json, chunk.End);
        if (chunk.Start is { } start)
        {
            WritePromptIds(json, start);
        }

        WriteTokenIds(json, chunk.TokenIds.Span);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        EndEvent(output);
    }

    protected override void WriteChoice(Utf8JsonWriter json, InferenceResult result)
    {
        json.WriteNumber(Index, 0);
        json.WriteString(Text, result.Text);
        LogprobFields.WriteCompletion(
            json, Logprobs, result.Logprobs.Count > 0 ? result.Logprobs : null, ref _textOffset);
    }

    protected override void WriteChoicePromptIds(Utf8JsonWriter json, GenerationStart start) =>
        WritePromptIds(json, start);

    protected override void WriteTopPromptIds(Utf8JsonWriter json, GenerationStart start)
    {
    }
}
