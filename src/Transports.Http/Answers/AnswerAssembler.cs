using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Failures;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>
/// Makes chunks of the events of one answer and decides whether it succeeded: only a finish reason that says so counts.
/// </summary>
internal sealed class AnswerAssembler(InferenceRequest request, FailureContext context)
{
    private readonly bool _wantsIds = (request.Output & OutputParts.TokenIds) != 0;
    private GenerationStart? _start;
    private bool _started;
    private bool _hasIds;
    private bool _hasPromptIds;
    private FinishReason? _finish;
    private string? _stopString;
    private int? _stopTokenId;
    private TokenUsage _usage;
    private int _ids;

    /// <summary>What to parse of each event.</summary>
    public AnswerParts Parts { get; } =
        ((request.Output & OutputParts.Text) != 0 ? AnswerParts.Text : AnswerParts.None)
        | ((request.Output & OutputParts.TokenIds) != 0 ? AnswerParts.TokenIds : AnswerParts.None)
        | ((request.Output & OutputParts.PromptTokenIds) != 0 ? AnswerParts.PromptTokenIds : AnswerParts.None)
        | (request.Sampling.Logprobs is not null ? AnswerParts.Logprobs : AnswerParts.None);

    /// <summary>Whose answer it is, with whether output was committed.</summary>
    public FailureContext Context => context with { OutputCommitted = _started };

    /// <summary>How far the answer has come.</summary>
    public FailureStage Stage => _started ? FailureStage.Stream : FailureStage.Prefill;

    /// <summary>Whether the engine has said that the answer is complete.</summary>
    public bool IsFinished => _finish is not null;

    /// <summary>Whether the engine is done with the request, by success, failure or refusal: there is nothing left to
    /// abort.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The id that the server gave the request; null before its first event.</summary>
    public string? EngineRequestId { get; private set; }

    /// <summary>Says that the engine has nothing of the request.</summary>
    public void MarkOver() => IsOver = true;

    /// <summary>Takes an event in.</summary>
    /// <param name="answer">The event; its id memory goes into the chunk.</param>
    /// <param name="chunk">The chunk for the caller, when there is one.</param>
    /// <returns>Whether there is a chunk: an event may hold nothing that was asked for.</returns>
    public bool TryAccept(AnswerEvent answer, out InferenceChunk chunk)
    {
        EngineRequestId ??= answer.Id;
        if (answer.Error is { } error)
        {
            IsOver = true;
            throw HttpFailureMapper.FromServer(error, Stage, Context);
        }

        TakeStart(answer);
        if (answer.Usage is { } usage)
        {
            _usage = usage;
        }

        bool hasOutput = answer.HasText || answer.TokenIds.Count > 0 || answer.ToolCalls is not null;
        if (hasOutput && IsFinished)
        {
            throw HttpFailureMapper.Violation("The server went on after the end of the answer.", Stage, Context);
        }

        if (answer.FinishReason is { } reason)
        {
            IsOver = true;
            Finish(reason, answer);
        }

        CheckIds(answer, hasOutput);
        bool isWanted = answer.Text is not null || answer.TokenIds.Count > 0 || answer.Reasoning is not null
            || answer.ToolCalls is not null || answer.Logprobs is not null;
        // The first output is told also to a caller who asked for none of it: the engine is at work.
        bool isChunk = isWanted || (hasOutput && !_started);
        chunk = isChunk ? MakeChunk(answer) : default;
        return isChunk;
    }

    /// <summary>The last chunk of a finished answer.</summary>
    public InferenceChunk MakeEnd()
    {
        TokenUsage usage = _usage;
        if (usage.CompletionTokens is null && _wantsIds)
        {
            usage = usage with { CompletionTokens = _ids };
        }

        return new InferenceChunk
        {
            Start = TakePendingStart(),
            End = new GenerationEnd(_finish!.Value, usage) { StopString = _stopString, StopTokenId = _stopTokenId },
        };
    }

    private void TakeStart(AnswerEvent answer)
    {
        if (_started)
        {
            return;
        }

        _start ??= new GenerationStart
        {
            Model = answer.Model ?? request.Adapter ?? request.Model,
            EngineRequestId = answer.Id,
            Seed = request.Sampling.Seed,
        };
        if (answer.PromptTokenIds.Count > 0)
        {
            _hasPromptIds = true;
            _start = _start with { PromptTokenIds = answer.PromptTokenIds.Memory.ToArray() };
        }
    }

    // A server that does not know return_token_ids ignores it and says nothing, whatever kind of output it gives.
    private void CheckIds(AnswerEvent answer, bool hasOutput)
    {
        _ids += answer.TokenIds.Count;
        _hasIds |= answer.TokenIds.IsPresent;
        bool isMissing = _wantsIds
            && (!_hasIds || (IsFinished && _ids == 0 && (hasOutput || _started)));
        bool isPromptMissing = (request.Output & OutputParts.PromptTokenIds) != 0 && !_hasPromptIds;
        if ((hasOutput || IsFinished) && (isMissing || isPromptMissing))
        {
            throw HttpFailureMapper.Make(BridgeFailure.UnsupportedOption, Stage,
                "The server ignored return_token_ids; it is no vLLM of version 0.10.2 or later. Ask for text alone.",
                Context);
        }
    }

    private void Finish(string reason, AnswerEvent answer)
    {
        _finish = reason switch
        {
            "stop" => FinishReason.Stop,
            "length" => FinishReason.Length,
            "tool_calls" => FinishReason.ToolCalls,
            "repetition" => FinishReason.Repetition,
            "abort" => throw HttpFailureMapper.Make(BridgeFailure.AbortedByEngine, Stage,
                "The engine stopped the request, as one that is shutting down does. Send it to another.", Context),
            "error" => throw HttpFailureMapper.Make(BridgeFailure.EngineFailed, Stage,
                "The engine ended the answer with an error. Look at its log.", Context),
            _ => throw HttpFailureMapper.Violation(
                $"The server ended the answer with the unknown reason '{Shorten(reason)}'.", Stage, Context),
        };
        _stopString = answer.StopString;
        // vLLM names its own end tokens here too; only those the caller asked for are told.
        _stopTokenId = answer.StopTokenId is { } id && request.Sampling.StopTokenIds.Contains(id) ? id : null;
    }

    private InferenceChunk MakeChunk(AnswerEvent answer) => new()
    {
        Start = TakePendingStart(),
        TokenIds = answer.TokenIds.Memory,
        Text = answer.Text,
        Reasoning = answer.Reasoning,
        ToolCalls = answer.ToolCalls,
        Logprobs = answer.Logprobs is null ? null : LogprobShaper.Shape(
            answer.Logprobs, answer.TokenIds.Memory.Span, request.Sampling.Logprobs ?? 0),
    };

    private GenerationStart? TakePendingStart()
    {
        if (_started)
        {
            return null;
        }

        // Not kept: the ids of a long prompt are the caller's from here on.
        GenerationStart? start = _start;
        _start = null;
        _started = true;
        return start;
    }

    private static string Shorten(string text) => text.Length > 40 ? text[..40] : text;
}
