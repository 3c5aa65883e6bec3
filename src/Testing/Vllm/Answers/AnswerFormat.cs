using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary>How one route of one front end spells an answer.</summary>
internal abstract class AnswerFormat(VllmServer server, GenerationCall call)
{
    protected VllmServer Server => server;

    protected GenerationCall Call => call;

    /// <summary>When the answer was made, in seconds.</summary>
    protected long Created { get; } = server.Options.Time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The events before the first output of a sequence.</summary>
    public virtual IEnumerable<string> Begin(Sequence sequence) => [];

    /// <summary>The events of a piece.</summary>
    public abstract IEnumerable<string> Continue(Sequence sequence, Piece piece);

    /// <summary>The event of the whole usage, where it was asked for.</summary>
    public abstract string UsageEvent(IReadOnlyList<Sequence> sequences);

    /// <summary>The answer that is no stream.</summary>
    public abstract byte[] Whole(IReadOnlyList<(Sequence Sequence, Piece Piece)> answers);

    /// <summary>The format for a call.</summary>
    public static AnswerFormat Of(VllmServer server, GenerationCall call) => (call.Kind, server.IsRust) switch
    {
        (CallKind.Completion, false) => new CompletionFormat(server, call),
        (CallKind.Chat, false) => new ChatFormat(server, call),
        (CallKind.Tokens, false) => new TokenFormat(server, call),
        (CallKind.Completion, true) => new RustCompletionFormat(server, call),
        (CallKind.Chat, true) => new RustChatFormat(server, call),
        _ => new RustTokenFormat(server, call),
    };

    /// <summary>Id, kind, time and model: how every answer of <c>/v1</c> begins.</summary>
    protected JsonLine Head(string kind) => new JsonLine().Open()
        .Field("id", call.Id).Field("object", kind).Field("created", Created).Field("model", call.Model);

    /// <summary>What stopped a sequence: a string, a token's number or null.</summary>
    protected static JsonLine StopReason(JsonLine line, Piece piece) => piece.StopId is { } id && piece.StopText is null
        ? line.Field("stop_reason", id)
        : line.Field("stop_reason", piece.StopText);

    protected IReadOnlyCollection<int>? ShownIds(Piece piece) => call.ReturnsIds ? [.. piece.Ids] : null;

    protected IReadOnlyCollection<int>? ShownPromptIds(Sequence sequence) =>
        call.ReturnsIds ? [.. sequence.PromptIds ?? []] : null;
}
