using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary><c>/inference/v1/generate</c> of the Python front end.</summary>
internal sealed class TokenFormat(VllmServer server, GenerationCall call) : AnswerFormat(server, call)
{
    private readonly UsageLines _usage = new(server, call);
    private readonly LogprobLines _logprobs =
        new(call, value => call.IsStream ? NumberText.Positional(value) : NumberText.Python(value));

    private string Mode => Call.WantsText ? "text" : "tokens";

    public override IEnumerable<string> Continue(Sequence sequence, Piece piece)
    {
        JsonLine line = new JsonLine().Open().Field("request_id", Call.Id);
        if (Call.ContinuousUsage)
        {
            UsageLines.Counts(line.Name("usage").Open(), sequence)
                .Null("prompt_tokens_details", "completion_tokens_details").Close();
        }
        else
        {
            line.Null("usage");
        }

        if (!sequence.HasBegun && Call.ReturnsIds)
        {
            line.Ids("prompt_token_ids", ShownPromptIds(sequence));
        }

        line.Field("output_mode", Mode).Name("choices").Open('[');
        Choice(line, sequence, piece);
        yield return line.Close(']').Close().ToString();
    }

    public override string UsageEvent(IReadOnlyList<Sequence> sequences) =>
        _usage.Last(new JsonLine().Open().Field("request_id", Call.Id), sequences)
            .Field("output_mode", Mode).Name("choices").Raw("[]").Close().ToString();

    public override byte[] Whole(IReadOnlyList<(Sequence Sequence, Piece Piece)> answers)
    {
        Sequence[] sequences = [.. answers.Select(one => one.Sequence)];
        JsonLine line = new JsonLine().Open().Field("request_id", Call.Id).Field("model", Call.Model)
            .Field("created", Created);
        _logprobs.Prompt(_usage.Whole(line, sequences), sequences[0].PromptScores).Null("prompt_token_id_logprobs")
            .Ids("prompt_token_ids", ShownPromptIds(sequences[0]))
            .Null("mm_placeholders", "metrics", "kv_transfer_params", "ec_transfer_params")
            .Field("output_mode", Mode).Name("choices").Open('[');
        foreach ((Sequence sequence, Piece piece) in answers)
        {
            Choice(line, sequence, piece);
        }

        return line.Close(']').Close().ToBytes();
    }

    private void Choice(JsonLine line, Sequence sequence, Piece piece)
    {
        line.Open().Field("index", sequence.Index).Field("finish_reason", piece.Finish);
        StopReason(line, piece).Ids("token_ids", [.. piece.Ids]).Null("routed_experts", "sampling_mask");
        _ = piece.Finish is null
            ? line.Null("weight_versions")
            : line.Name("weight_versions").Raw(WeightVersions(sequence));
        if (Call.WantsText)
        {
            _logprobs.Content(line.Field("text", piece.Text), piece.Logprobs).Close();
        }
        else
        {
            _logprobs.Ids(line, piece.Logprobs).Close();
        }
    }

    /// <summary>Weights that never change.</summary>
    internal static string WeightVersions(Sequence sequence) =>
        $"[{{\"version\":\"default\",\"start\":0,\"end\":{sequence.Generated}}}]";
}
