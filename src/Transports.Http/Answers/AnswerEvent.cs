using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>
/// What one event of a stream, or a whole answer, says. One object per request, filled again for every event, so that
/// an event of ids alone allocates nothing. <see cref="Id"/> and <see cref="Model"/> stay from the first event on.
/// </summary>
/// <param name="parts">What to make objects of.</param>
internal sealed class AnswerEvent(AnswerParts parts)
{
    /// <summary>What to make objects of.</summary>
    public AnswerParts Parts { get; } = parts;

    /// <summary>What the events begin with.</summary>
    public EventPrefix Prefix { get; } = new();

    /// <summary>Where the choice begins in the event; null without one.</summary>
    public int? ChoiceStart { get; set; }

    /// <summary>The server's id of the answer.</summary>
    public string? Id { get; set; }

    /// <summary>The model that answers.</summary>
    public string? Model { get; set; }

    /// <summary>The ids of the prompt.</summary>
    public TokenIdList PromptTokenIds { get; } = new();

    /// <summary>The new ids.</summary>
    public TokenIdList TokenIds { get; } = new();

    /// <summary>The new text; null for none or when it was not asked for.</summary>
    public string? Text { get; set; }

    /// <summary>Whether there was text or a thought, asked for or not.</summary>
    public bool HasText { get; set; }

    /// <summary>The new thoughts of a reasoning model.</summary>
    public string? Reasoning { get; set; }

    /// <summary>The pieces of tool calls; null for none.</summary>
    public List<ToolCallDelta>? ToolCalls { get; set; }

    /// <summary>The probabilities; null for none.</summary>
    public List<TokenLogprob>? Logprobs { get; set; }

    /// <summary>The server's word for the end of the answer; null before it.</summary>
    public string? FinishReason { get; set; }

    /// <summary>The stop string that matched.</summary>
    public string? StopString { get; set; }

    /// <summary>The stop token that was met.</summary>
    public int? StopTokenId { get; set; }

    /// <summary>What the answer took so far.</summary>
    public TokenUsage? Usage { get; set; }

    /// <summary>An error in place of output.</summary>
    public ServerError? Error { get; set; }

    public void Clear()
    {
        ChoiceStart = null;
        PromptTokenIds.Clear();
        TokenIds.Clear();
        Text = null;
        HasText = false;
        Reasoning = null;
        ToolCalls = null;
        Logprobs = null;
        FinishReason = null;
        StopString = null;
        StopTokenId = null;
        Usage = null;
        Error = null;
    }
}
