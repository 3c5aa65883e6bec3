using System.Text;
using System.Text.Json.Nodes;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Sessions;

/// <summary>A client's request that records what comes, in the words of a session vector's outcome.</summary>
internal sealed class RecordingCall(RequestKind kind, List<JsonObject> outcome) : IClientCall
{
    private readonly JsonArray _ids = [];
    private readonly JsonArray _vectors = [];
    private readonly StringBuilder _text = new();
    private JsonNode? _json;
    private bool _hasIds;

    public uint Handle { get; set; }

    public int Expired { get; private set; }

    public bool IsOver { get; private set; }

    public int Tokens => _ids.Count;

    public void OnAccepted(in AcceptedFrame frame) => Assert.False(IsOver);

    public FrameFault? OnRow(in StepRow row)
    {
        Assert.False(IsOver);
        Add(row.Ids);
        _text.Append(Encoding.UTF8.GetString(row.Text));
        return row.Details.IsEmpty || StepDetails.Read(row.Details) is not null ? null : FrameFault.Protocol("details");
    }

    public void OnResult(in ResultFrame frame)
    {
        Assert.False(IsOver);
        Add(frame.Ids);
        _hasIds |= frame.Kind == ResultKind.Ids;
        _text.Append(frame.Kind == ResultKind.Text ? Encoding.UTF8.GetString(frame.Text) : "");
        _json = frame.Kind == ResultKind.Json ? JsonNode.Parse(frame.Text) : _json;
        for (int i = 0; frame.Kind == ResultKind.Embedding && i < frame.Count; i++)
        {
            _vectors.Add(
                new JsonArray(
                [.. frame.Vectors.Slice(i * frame.Extra, frame.Extra).ToArray().Select(v => (JsonNode)v)]));
        }
    }

    public void OnEnd(in EndFrame frame) => Finish("finish", FrameFields.Word(frame.Finish), null);

    public void OnError(in ErrorFrame frame) =>
        Finish("error", FrameFields.Word(frame.Code), FrameFields.Word(Codes.StageOf(frame.Stage)));

    public void OnExpired(FailureStage stage) => Expired++;

    public void OnLost(BridgeException failure, FailureStage stage) =>
        Finish("error", FrameFields.Word(failure.Failure), FrameFields.Word(stage));

    private void Finish(string how, string word, string? stage)
    {
        Assert.False(IsOver, "a request ended twice");
        IsOver = true;
        outcome.Add(FrameFields.Clean(new JsonObject
        {
            ["handle"] = Handle,
            [how] = word,
            ["stage"] = stage,
            ["ids"] = kind == RequestKind.Generate || _hasIds ? _ids : null,
            ["text"] = _text.Length == 0 ? null : _text.ToString(),
            ["vectors"] = _vectors.Count == 0 ? null : _vectors,
            ["json"] = _json,
        }));
    }

    private void Add(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            _ids.Add(id);
        }
    }
}
