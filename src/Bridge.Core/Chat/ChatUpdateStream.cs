using Microsoft.Extensions.AI;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Chat;

/// <summary>Turns the chunks of one answer into updates. Function calls are given whole, with the last one.</summary>
internal sealed class ChatUpdateStream(DateTimeOffset now)
{
    private readonly AnswerBuilder _answer = new();
    private GenerationStart? _start;
    private bool _hasCalls;

    public ChatResponseUpdate Next(in InferenceChunk chunk)
    {
        _start ??= chunk.Start;
        _answer.Add(chunk with { Text = null, TokenIds = default, Logprobs = null, Reasoning = null });
        _hasCalls |= chunk.ToolCalls is { Count: > 0 };
        List<AIContent> contents = [];
        if (!string.IsNullOrEmpty(chunk.Reasoning))
        {
            contents.Add(new TextReasoningContent(chunk.Reasoning));
        }

        if (!string.IsNullOrEmpty(chunk.Text))
        {
            contents.Add(new TextContent(chunk.Text));
        }

        if (chunk.End is { } end)
        {
            if (_hasCalls)
            {
                contents.AddRange(_answer.Build("").ToolCalls.Select(ChatAnswerMapper.Call));
            }

            contents.Add(new UsageContent(ChatAnswerMapper.Usage(end.Usage)));
        }

        return new ChatResponseUpdate(ChatRole.Assistant, contents)
        {
            ResponseId = _start?.RequestId,
            MessageId = _start?.RequestId,
            ModelId = _start?.Model,
            CreatedAt = now,
            FinishReason = chunk.End is { } last ? ChatAnswerMapper.Reason(last.Reason) : null,
            AdditionalProperties = chunk.Start is { } start ? ChatAnswerMapper.WhoAnswered(start) : null,
        };
    }
}
