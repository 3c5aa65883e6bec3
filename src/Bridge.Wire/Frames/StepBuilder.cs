using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>
/// Gathers rows of many generations and writes them as one STEP. Its columns grow to what a step needs and are kept, so
/// a warm builder allocates nothing. Not safe for use from two threads at once.
/// </summary>
/// <param name="withLogprobs">Whether its frames have the columns of probabilities; rows without tokens may stand there
/// too, all others need them.</param>
public sealed class StepBuilder(bool withLogprobs)
{
    private readonly List<uint> _handles = [];
    private readonly List<uint> _counts = [];
    private readonly List<int> _ids = [];
    private readonly List<uint> _textBytes = [];
    private readonly List<uint> _detailBytes = [];
    private readonly List<float> _logprobs = [];
    private readonly List<uint> _topCounts = [];
    private readonly List<int> _topIds = [];
    private readonly List<float> _topLogprobs = [];
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly ArrayBufferWriter<byte> _details = new();
    private bool _hasCounts;

    /// <summary>How many rows are gathered.</summary>
    public int RowCount => _handles.Count;

    /// <summary>How long the frame would be, or more: every row is reckoned with all its columns.</summary>
    public long FrameBytes =>
        SizeOf(_handles.Count, _ids.Count, _topIds.Count, _text.WrittenCount + _details.WrittenCount);

    /// <summary>Adds a row.</summary>
    /// <param name="handle">Whose.</param>
    /// <param name="ids">Its token ids.</param>
    /// <param name="text">Its text; empty for none.</param>
    /// <param name="details">One JSON object in UTF-8, or empty.</param>
    public void Add(uint handle, ReadOnlySpan<int> ids, ReadOnlySpan<char> text, ReadOnlySpan<byte> details)
    {
        _handles.Add(handle);
        _counts.Add((uint)ids.Length);
        _hasCounts |= ids.Length != 1;
        _ids.AddRange(ids);
        int textBytes = text.IsEmpty ? 0 : (int)Encoding.UTF8.GetBytes(text, _text);
        _textBytes.Add((uint)textBytes);
        _detailBytes.Add((uint)details.Length);
        _details.Write(details);
    }

    /// <summary>Adds the probabilities of the row that was added last, one entry per token.</summary>
    /// <param name="logprobs">The entries; their tokens and alternatives are known by id.</param>
    public void AddLogprobs(IReadOnlyList<TokenLogprob> logprobs)
    {
        for (int i = 0; i < logprobs.Count; i++)
        {
            _logprobs.Add(logprobs[i].Logprob);
            IReadOnlyList<TokenLogprob> top = logprobs[i].Top;
            int tops = Math.Min(top.Count, WireLimits.MaxTopLogprobs);
            _topCounts.Add((uint)tops);
            for (int j = 0; j < tops; j++)
            {
                _topIds.Add(top[j].TokenId!.Value);
                _topLogprobs.Add(top[j].Logprob);
            }
        }
    }

    /// <summary>Whether a row of that size can be added without the frame growing over a limit.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="bytes">Its text and details in bytes, at most.</param>
    /// <param name="maxFrameBytes">The limit.</param>
    public bool Fits(int tokens, int bytes, int maxFrameBytes) =>
        FrameBytes + SizeOf(1, tokens, withLogprobs ? tokens * WireLimits.MaxTopLogprobs : 0, bytes) <= maxFrameBytes
        && RowCount < WireLimits.MaxRequests;

    /// <summary>Writes what was gathered, if anything, and starts anew.</summary>
    /// <param name="output">Where to.</param>
    public void Flush(IBufferWriter<byte> output)
    {
        if (_handles.Count == 0)
        {
            return;
        }

        StepColumns columns = (_hasCounts ? StepColumns.Counts : 0) | (_text.WrittenCount > 0 ? StepColumns.Text : 0)
            | (_details.WrittenCount > 0 ? StepColumns.Details : 0) | (withLogprobs ? StepColumns.Logprobs : 0);
        Span<byte> frame = FrameStart.Begin(
            output, FrameType.Step, (byte)columns, FrameLayout.Step.Size, SectionBytes(columns));
        Field.Put(frame, FrameLayout.Step.Rows, (uint)_handles.Count);
        Field.Put(frame, FrameLayout.Step.Tokens, (uint)_ids.Count);
        Span<byte> rest = frame[FrameLayout.Step.Size..];
        Column(ref rest, _handles, true);
        Column(ref rest, _counts, _hasCounts);
        Column(ref rest, _ids, true);
        Column(ref rest, _textBytes, (columns & StepColumns.Text) != 0);
        Column(ref rest, _detailBytes, (columns & StepColumns.Details) != 0);
        Column(ref rest, _logprobs, withLogprobs);
        Column(ref rest, _topCounts, withLogprobs);
        Column(ref rest, _topIds, withLogprobs);
        Column(ref rest, _topLogprobs, withLogprobs);
        FrameStart.Bytes(ref rest, _text.WrittenSpan);
        FrameStart.Bytes(ref rest, _details.WrittenSpan);
        output.Advance(frame.Length);
        Clear();
    }

    private static long SizeOf(int rows, int tokens, int tops, long bytes) =>
        FrameLayout.Step.Size + 16L * rows + 12L * tokens + 8L * tops + bytes + FrameLayout.Alignment;

    private static void Column<T>(ref Span<byte> rest, List<T> column, bool present)
        where T : unmanaged
    {
        if (present)
        {
            FrameStart.Numbers<T>(ref rest, CollectionsMarshal.AsSpan(column));
        }
    }

    private long SectionBytes(StepColumns columns)
    {
        long perRow = 1 + (_hasCounts ? 1 : 0) + ((columns & StepColumns.Text) != 0 ? 1 : 0)
            + ((columns & StepColumns.Details) != 0 ? 1 : 0);
        return 4 * (perRow * _handles.Count + (withLogprobs ? 3L : 1) * _ids.Count + 2L * _topIds.Count)
            + _text.WrittenCount + _details.WrittenCount;
    }

    private void Clear()
    {
        _handles.Clear();
        _counts.Clear();
        _ids.Clear();
        _textBytes.Clear();
        _detailBytes.Clear();
        _logprobs.Clear();
        _topCounts.Clear();
        _topIds.Clear();
        _topLogprobs.Clear();
        _text.ResetWrittenCount();
        _details.ResetWrittenCount();
        _hasCounts = false;
    }
}
