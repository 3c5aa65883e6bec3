using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary><c>/v1/completions</c> of the Rust front end: nulls are left out of events, and a finish reason comes
/// behind the last token.</summary>
internal sealed class RustCompletionFormat(VllmServer server, GenerationCall call) : AnswerFormat(server, call)
{
    private readonly LogprobLines _logprobs = new(call, NumberText.Single);

    public override IEnumerable<string> Begin(Sequence sequence)
    {
        if (Call.ReturnsIds)
        {
            yield return Finish(Open(sequence, "").Ids("token_ids", []).Ids("prompt_token_ids",
                ShownPromptIds(sequence)), sequence);
        }
    }

    public override IEnumerable<string> Continue(Sequence sequence, Piece piece)
    {
        if (piece.Text.Length > 0 || (Call.ReturnsIds && piece.Ids.Count > 0) || piece.Logprobs?.Count > 0)
        {
            JsonLine line = Open(sequence, piece.Text);
            if (piece.Logprobs is not null)
            {
                _logprobs.Lists(line, sequence, piece.Logprobs, isRust: true);
            }

            yield return Finish(Call.ReturnsIds ? line.Ids("token_ids", ShownIds(piece)) : line, sequence);
        }

        if (piece.Finish is not null)
        {
            JsonLine line = Open(sequence, "").Field("finish_reason", piece.Finish);
            line = piece.StopText is null && piece.StopId is null ? line : StopReason(line, piece);
            yield return Finish(Call.ReturnsIds ? line.Ids("token_ids", []) : line, sequence);
        }
    }

    public override string UsageEvent(IReadOnlyList<Sequence> sequences) => RustUsageLines.Add(
        Head("text_completion").Name("choices").Raw("[]"), sequences).Close().ToString();

    public override byte[] Whole(IReadOnlyList<(Sequence Sequence, Piece Piece)> answers)
    {
        JsonLine line = Head("text_completion").Name("choices").Open('[');
        foreach ((Sequence sequence, Piece piece) in answers)
        {
            line.Open().Field("index", sequence.Index).Field("text", piece.Text);
            _logprobs.Lists(line, sequence, piece.Logprobs, isRust: true).Field("finish_reason", piece.Finish);
            StopReason(line, piece).Null("prompt_logprobs").Ids("token_ids", ShownIds(piece))
                .Ids("prompt_token_ids", ShownPromptIds(sequence)).Close();
        }

        return RustUsageLines.Add(line.Close(']'), [.. answers.Select(one => one.Sequence)])
            .Null("system_fingerprint", "kv_transfer_params", "ec_transfer_params").Close().ToBytes();
    }

    private JsonLine Open(Sequence sequence, string text) => Head("text_completion").Name("choices").Open('[').Open()
        .Field("index", sequence.Index).Field("text", text);

    private string Finish(JsonLine line, Sequence sequence)
    {
        line.Close().Close(']');
        return (Call.ContinuousUsage ? RustUsageLines.Add(line, sequence) : line).Close().ToString();
    }
}
