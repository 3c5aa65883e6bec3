using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary><c>/v1/chat/completions</c> of the Rust front end.</summary>
internal sealed class RustChatFormat(VllmServer server, GenerationCall call) : AnswerFormat(server, call)
{
    private readonly LogprobLines _logprobs = new(call, NumberText.Single);

    public override IEnumerable<string> Begin(Sequence sequence)
    {
        JsonLine line = Open(sequence).Field("role", "assistant").Close().Close().Close(']');
        yield return (Call.ReturnsIds ? line.Ids("prompt_token_ids", ShownPromptIds(sequence)) : line)
            .Close().ToString();
    }

    public override IEnumerable<string> Continue(Sequence sequence, Piece piece)
    {
        if (piece.Text.Length > 0 || (Call.ReturnsIds && piece.Ids.Count > 0))
        {
            JsonLine line = Open(sequence);
            line = (piece.Text.Length > 0 ? line.Field("content", piece.Text) : line).Close();
            if (piece.Logprobs is not null)
            {
                _logprobs.Content(line, piece.Logprobs);
            }

            yield return Finish(Call.ReturnsIds ? line.Ids("token_ids", ShownIds(piece)) : line, sequence);
        }

        if (piece.Finish is not null)
        {
            JsonLine line = Open(sequence).Close().Field("finish_reason", piece.Finish);
            yield return Finish(
                piece.StopText is null && piece.StopId is null ? line : StopReason(line, piece), sequence);
        }
    }

    public override string UsageEvent(IReadOnlyList<Sequence> sequences) => RustUsageLines.Add(
        Head("chat.completion.chunk").Name("choices").Raw("[]"), sequences).Close().ToString();

    public override byte[] Whole(IReadOnlyList<(Sequence Sequence, Piece Piece)> answers)
    {
        JsonLine line = Head("chat.completion").Name("choices").Open('[');
        foreach ((Sequence sequence, Piece piece) in answers)
        {
            line.Open().Field("index", sequence.Index).Name("message").Open().Field("role", "assistant")
                .Field("content", piece.Text).Field("reasoning", piece.Reasoning).Close();
            _logprobs.Content(line, piece.Logprobs).Field("finish_reason", piece.Finish);
            StopReason(line, piece).Ids("token_ids", ShownIds(piece)).Close();
        }

        Sequence[] sequences = [.. answers.Select(one => one.Sequence)];
        return RustUsageLines.Add(line.Close(']'), sequences).Null("system_fingerprint", "prompt_logprobs")
            .Ids("prompt_token_ids", ShownPromptIds(sequences[0])).Null("kv_transfer_params", "ec_transfer_params")
            .Close().ToBytes();
    }

    private JsonLine Open(Sequence sequence) => Head("chat.completion.chunk").Name("choices").Open('[').Open()
        .Field("index", sequence.Index).Name("delta").Open();

    private string Finish(JsonLine line, Sequence sequence)
    {
        line.Close().Close(']');
        return (Call.ContinuousUsage ? RustUsageLines.Add(line, sequence) : line).Close().ToString();
    }
}
