using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary><c>/v1/chat/completions</c> of the Python front end.</summary>
internal sealed class ChatFormat(VllmServer server, GenerationCall call) : AnswerFormat(server, call)
{
    private readonly UsageLines _usage = new(server, call);
    private readonly LogprobLines _logprobs =
        new(call, value => call.IsStream ? NumberText.Positional(value) : NumberText.Python(value));

    public override IEnumerable<string> Begin(Sequence sequence)
    {
        JsonLine line = Head("chat.completion.chunk").Name("choices").Open('[').Open().Field("index", sequence.Index)
            .Name("delta").Open().Field("role", "assistant").Field("content", "").Close()
            .Null("logprobs", "finish_reason").Close().Close(']');
        if (Call.ContinuousUsage)
        {
            line.Name("usage").Open().Field("prompt_tokens", sequence.PromptTokens)
                .Field("total_tokens", sequence.PromptTokens).Field("completion_tokens", 0)
                .Null("completion_tokens_details").Close();
        }

        yield return line.Ids("prompt_token_ids", ShownPromptIds(sequence)).Null("prompt_text").Close().ToString();
    }

    public override IEnumerable<string> Continue(Sequence sequence, Piece piece)
    {
        JsonLine line = Head("chat.completion.chunk").Name("choices").Open('[').Open().Field("index", sequence.Index)
            .Name("delta").Open();
        Delta(line, piece);
        _logprobs.Content(line.Close(), piece.Logprobs).Field("finish_reason", piece.Finish);
        if (piece.Finish is not null)
        {
            StopReason(line, piece);
        }

        line.Ids("token_ids", ShownIds(piece)).Close().Close(']');
        if (Call.ContinuousUsage)
        {
            UsageLines.Counts(line.Name("usage").Open(), sequence).Null("completion_tokens_details").Close();
        }

        if (piece.Finish is not null && !Call.IncludesUsage)
        {
            line.Field("system_fingerprint", _usage.Fingerprint);
        }

        yield return line.Close().ToString();
    }

    public override string UsageEvent(IReadOnlyList<Sequence> sequences)
    {
        JsonLine line = Head("chat.completion.chunk").Name("choices").Raw("[]");
        _usage.Last(line, sequences).Field("system_fingerprint", _usage.Fingerprint);
        return _usage.Metrics(line, sequences[0], isWhole: false).Close().ToString();
    }

    public override byte[] Whole(IReadOnlyList<(Sequence Sequence, Piece Piece)> answers)
    {
        JsonLine line = Head("chat.completion").Name("choices").Open('[');
        foreach ((Sequence sequence, Piece piece) in answers)
        {
            line.Open().Field("index", sequence.Index).Name("message").Open().Field("role", "assistant")
                .Field("content", piece.Text).Null("refusal", "annotations", "audio", "function_call");
            Calls(line, piece.ToolCalls);
            _logprobs.Content(line.Field("reasoning", piece.Reasoning).Close(), piece.Logprobs)
                .Field("finish_reason", piece.Finish);
            StopReason(line, piece).Ids("token_ids", ShownIds(piece)).Null("routed_experts").Close();
        }

        Sequence[] sequences = [.. answers.Select(one => one.Sequence)];
        line.Close(']').Null("service_tier").Field("system_fingerprint", _usage.Fingerprint);
        _logprobs.Prompt(_usage.Whole(line, sequences), sequences[0].PromptScores)
            .Ids("prompt_token_ids", ShownPromptIds(sequences[0]))
            .Null("prompt_text", "kv_transfer_params", "ec_transfer_params");
        return _usage.Metrics(line, sequences[0], isWhole: true).Close().ToBytes();
    }

    // A server with a tool parser leaves an empty last delta empty.
    private void Delta(JsonLine line, Piece piece)
    {
        if (piece.ToolCalls.Count > 0)
        {
            line.Null("content").Name("tool_calls").Open('[');
            foreach (ToolCallDelta fragment in piece.ToolCalls)
            {
                Fragment(line, fragment);
            }

            line.Close(']');
            return;
        }

        if (piece.Reasoning is not null)
        {
            line.Field("reasoning", piece.Reasoning);
        }

        bool isEmpty = piece.Text.Length == 0
            && (piece.Reasoning is not null || (piece.Finish is not null && Server.Options.EnableTools));
        _ = isEmpty ? line : line.Field("content", piece.Text);
    }

    private static void Fragment(JsonLine line, ToolCallDelta call)
    {
        line.Open();
        if (call.Id is not null)
        {
            line.Field("id", call.Id).Field("type", "function");
        }

        line.Field("index", call.Index).Name("function").Open();
        if (call.Name is not null)
        {
            line.Field("name", call.Name);
        }

        if (call.Arguments.Length > 0 || call.Name is null)
        {
            line.Field("arguments", call.Arguments);
        }

        line.Close().Close();
    }

    private static void Calls(JsonLine line, IReadOnlyList<ToolCallDelta> deltas)
    {
        if (deltas.Count == 0)
        {
            return;
        }

        line.Name("tool_calls").Open('[');
        foreach (IGrouping<int, ToolCallDelta> call in deltas.GroupBy(delta => delta.Index))
        {
            line.Open().Field("id", call.First().Id).Field("type", "function").Name("function").Open()
                .Field("name", call.First().Name)
                .Field("arguments", string.Concat(call.Select(delta => delta.Arguments))).Close().Close();
        }

        line.Close(']');
    }
}
