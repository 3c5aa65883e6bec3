using System.Text;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Contracts;

/// <summary>Puts the chunks of a stream together. For one answer, on one thread.</summary>
public sealed class AnswerBuilder
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _ids = [];
    private readonly List<TokenLogprob> _logprobs = [];
    private readonly SortedDictionary<int, (string Id, string Name, StringBuilder Arguments)> _calls = [];
    private StringBuilder? _reasoning;
    private GenerationStart? _start;
    private GenerationEnd? _end;

    /// <summary>Adds the next chunk; what it lends is copied.</summary>
    /// <param name="chunk">The chunk.</param>
    public void Add(in InferenceChunk chunk)
    {
        _start ??= chunk.Start;
        _end ??= chunk.End;
        _text.Append(chunk.Text);
        _ids.AddRange(chunk.TokenIds.Span);
        if (chunk.Reasoning is { } reasoning)
        {
            (_reasoning ??= new StringBuilder()).Append(reasoning);
        }

        if (chunk.Logprobs is { } logprobs)
        {
            _logprobs.AddRange(logprobs);
        }

        foreach (ToolCallDelta delta in chunk.ToolCalls ?? [])
        {
            AddCall(delta);
        }
    }

    /// <summary>The whole answer.</summary>
    /// <param name="backend">Who gave it, for the message when it is not whole.</param>
    /// <exception cref="BridgeException">No chunk carried a start, or none an end.</exception>
    public InferenceResult Build(string backend)
    {
        if (_start is null || _end is null)
        {
            throw new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Stream,
                "The answer ended before its engine said that it was complete. Send the request again.")
            { Backend = backend };
        }

        return new InferenceResult
        {
            Start = _start,
            End = _end,
            Text = _text.ToString(),
            Reasoning = _reasoning?.ToString(),
            TokenIds = _ids,
            Logprobs = _logprobs,
            ToolCalls = [.. _calls.Values.Select(call => new ToolCall(call.Id, call.Name, call.Arguments.ToString()))],
        };
    }

    private void AddCall(ToolCallDelta delta)
    {
        if (!_calls.TryGetValue(delta.Index, out (string Id, string Name, StringBuilder Arguments) call))
        {
            call = ("", "", new StringBuilder());
        }

        call.Arguments.Append(delta.Arguments);
        _calls[delta.Index] = (delta.Id ?? call.Id, delta.Name ?? call.Name, call.Arguments);
    }
}
