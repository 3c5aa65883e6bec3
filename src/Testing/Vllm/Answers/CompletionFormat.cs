using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary><c>/v1/completions</c> of the Python front end.</summary>
internal sealed class CompletionFormat(VllmServer server, GenerationCall call) : AnswerFormat(server, call)
{
    private readonly UsageLines _usage = new(server, call);
    private readonly LogprobLines _logprobs =
        new(call, value => call.IsStream ? NumberText.Positional(value) : NumberText.Python(value));

    public override IEnumerable<string> Continue(Sequence sequence, Piece piece)
    {
        bool isFirst = !sequence.HasBegun;
        string text = isFirst && Call.Echoes ? sequence.Prompt.Text + piece.Text : piece.Text;
        JsonLine line = Head("text_completion").Name("choices").Open('[').Open()
            .Field("index", sequence.Index).Field("text", text);
        _logprobs.Lists(line, sequence, piece.Logprobs).Field("finish_reason", piece.Finish);
        StopReason(line, piece).Ids("prompt_token_ids", isFirst ? ShownPromptIds(sequence) : null)
            .Ids("token_ids", ShownIds(piece)).Close().Close(']');
        if (Call.ContinuousUsage)
        {
            UsageLines.Counts(line.Name("usage").Open(), sequence).Close();
        }

        if (piece.Finish is not null && !Call.IncludesUsage)
        {
            line.Field("system_fingerprint", _usage.Fingerprint);
        }

        yield return line.Close().ToString();
    }

    public override string UsageEvent(IReadOnlyList<Sequence> sequences)
    {
        JsonLine line = Head("text_completion").Name("choices").Raw("[]");
        _usage.Last(line, sequences).Field("system_fingerprint", _usage.Fingerprint);
        return _usage.Metrics(line, sequences[0], isWhole: false).Close().ToString();
    }

    public override byte[] Whole(IReadOnlyList<(Sequence Sequence, Piece Piece)> answers)
    {
        JsonLine line = Head("text_completion").Name("choices").Open('[');
        foreach ((Sequence sequence, Piece piece) in answers)
        {
            Choice(line, sequence, piece);
        }

        line.Close(']').Null("service_tier").Field("system_fingerprint", _usage.Fingerprint);
        Sequence[] sequences = [.. answers.Select(one => one.Sequence)];
        _usage.Whole(line, sequences).Null("kv_transfer_params", "ec_transfer_params");
        return _usage.Metrics(line, sequences[0], isWhole: true).Close().ToBytes();
    }

    private void Choice(JsonLine line, Sequence sequence, Piece piece)
    {
        // A prompt that is only scored is answered with itself.
        bool isScored = Call is { Echoes: true, Sampling.MaxTokens: 0 };
        string text = (Call.Echoes ? sequence.Prompt.Text : "") + (isScored ? "" : piece.Text);
        IReadOnlyList<TokenLogprob> generated = isScored ? [] : piece.Logprobs ?? [];
        IReadOnlyList<TokenLogprob?>? entries = piece.Logprobs;
        if (Call.Echoes && sequence.PromptScores is { } scores)
        {
            entries = [.. scores, .. generated];
        }

        line.Open().Field("index", sequence.Index).Field("text", text);
        _logprobs.Lists(line, sequence, entries).Field("finish_reason", piece.Finish);
        StopReason(line, piece).Ids("token_ids", ShownIds(piece));
        _logprobs.Prompt(line, sequence.PromptScores).Ids("prompt_token_ids", ShownPromptIds(sequence))
            .Null("routed_experts").Close();
    }
}
