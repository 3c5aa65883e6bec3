using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary><c>/inference/v1/generate</c> of the Rust front end: no model, time, usage or mode; the finish reason comes
/// with the last token.</summary>
internal sealed class RustTokenFormat(VllmServer server, GenerationCall call) : AnswerFormat(server, call)
{
    private readonly LogprobLines _logprobs = new(call, NumberText.Single);

    public override IEnumerable<string> Continue(Sequence sequence, Piece piece)
    {
        JsonLine line = new JsonLine().Open().Field("request_id", Call.Id).Name("choices").Open('[').Open()
            .Field("index", sequence.Index);
        if (piece.Finish is not null)
        {
            line.Field("finish_reason", piece.Finish);
            line = piece.StopText is null && piece.StopId is null ? line : StopReason(line, piece);
        }

        line.Ids("token_ids", [.. piece.Ids]);
        if (piece.Finish is not null)
        {
            line.Name("weight_versions").Raw(TokenFormat.WeightVersions(sequence));
        }

        yield return line.Close().Close(']').Close().ToString();
    }

    public override string UsageEvent(IReadOnlyList<Sequence> sequences) => RustUsageLines.Add(
        new JsonLine().Open().Field("request_id", Call.Id).Name("choices").Raw("[]"), sequences).Close().ToString();

    public override byte[] Whole(IReadOnlyList<(Sequence Sequence, Piece Piece)> answers)
    {
        JsonLine line = new JsonLine().Open().Field("request_id", Call.Id).Name("choices").Open('[');
        foreach ((Sequence sequence, Piece piece) in answers)
        {
            _logprobs.Ids(line.Open().Field("index", sequence.Index), piece.Logprobs)
                .Field("finish_reason", piece.Finish);
            StopReason(line, piece).Ids("token_ids", [.. piece.Ids]).Null("sampling_mask")
                .Name("weight_versions").Raw(TokenFormat.WeightVersions(sequence)).Close();
        }

        return line.Close(']').Null("prompt_logprobs", "prompt_token_id_logprobs")
            .Ids("prompt_token_ids", ShownPromptIds(answers[0].Sequence))
            .Null("mm_placeholders", "kv_transfer_params", "ec_transfer_params", "metrics").Close().ToBytes();
    }
}
