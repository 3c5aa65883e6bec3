using System.Text.Unicode;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>STEP: new tokens of many generations, in columns. A view of the frame; iterate over it for its
/// rows.</summary>
public readonly ref struct StepFrame
{
    private readonly ReadOnlySpan<uint> _handles;
    private readonly ReadOnlySpan<uint> _counts;
    private readonly ReadOnlySpan<int> _ids;
    private readonly ReadOnlySpan<uint> _textBytes;
    private readonly ReadOnlySpan<uint> _detailBytes;
    private readonly ReadOnlySpan<float> _logprobs;
    private readonly ReadOnlySpan<uint> _topCounts;
    private readonly ReadOnlySpan<int> _topIds;
    private readonly ReadOnlySpan<float> _topLogprobs;
    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<byte> _details;

    private StepFrame(StepSizes sizes, Sections sections)
    {
        Columns = sizes.Columns;
        _handles = sections.Numbers<uint>(sizes.Rows);
        _counts = sections.Numbers<uint>(Has(StepColumns.Counts) ? sizes.Rows : 0);
        _ids = sections.Numbers<int>(sizes.Tokens);
        _textBytes = sections.Numbers<uint>(Has(StepColumns.Text) ? sizes.Rows : 0);
        _detailBytes = sections.Numbers<uint>(Has(StepColumns.Details) ? sizes.Rows : 0);
        _logprobs = sections.Numbers<float>(Has(StepColumns.Logprobs) ? sizes.Tokens : 0);
        _topCounts = sections.Numbers<uint>(Has(StepColumns.Logprobs) ? sizes.Tokens : 0);
        _topIds = sections.Numbers<int>((uint)sizes.Tops);
        _topLogprobs = sections.Numbers<float>((uint)sizes.Tops);
        _text = sections.Bytes((uint)sizes.Text);
        _details = sections.Bytes((uint)sizes.Details);
    }

    /// <summary>Which optional columns it has.</summary>
    public StepColumns Columns { get; }

    /// <summary>How many rows it has.</summary>
    public int RowCount => _handles.Length;

    /// <summary>How many tokens it has.</summary>
    public int TokenCount => _ids.Length;

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="step">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out StepFrame step)
    {
        step = default;
        if (StepSizes.Read(frame, out StepSizes sizes) is { } wrong)
        {
            return wrong;
        }

        if (Sections.Read(frame, FrameLayout.Step.Size, sizes.SectionBytes, out Sections sections) is { } fault)
        {
            return fault;
        }

        step = new StepFrame(sizes, sections);
        if (step._handles.Contains(0U) || step._ids.ContainsAnyInRange(int.MinValue, -1)
            || step._topIds.ContainsAnyInRange(int.MinValue, -1))
        {
            return FrameFault.Protocol("STEP has a row without a handle, or a negative token id.");
        }

        // Rows are looked at one by one only where their content could be wrong.
        return (sizes.Columns & (StepColumns.Text | StepColumns.Details)) == 0 ? null : step.CheckTexts();
    }

    /// <summary>The rows in order.</summary>
    public Enumerator GetEnumerator() => new(this);

    private bool Has(StepColumns column) => (Columns & column) != 0;

    private FrameFault? CheckTexts()
    {
        foreach (StepRow row in this)
        {
            if (!Utf8.IsValid(row.Text))
            {
                return FrameFault.Protocol("STEP has a row whose text is not whole UTF-8.");
            }

            if (!row.Details.IsEmpty && !WireJson.IsObject(row.Details))
            {
                return FrameFault.Protocol("STEP has a row whose details are not a JSON object.");
            }
        }

        return null;
    }

    /// <summary>Walks over the rows of a STEP.</summary>
    public ref struct Enumerator
    {
        private readonly StepFrame _step;
        private int _row;
        private int _token;
        private int _top;
        private int _text;
        private int _detail;

        internal Enumerator(StepFrame step) => _step = step;

        /// <summary>The row.</summary>
        public StepRow Current { get; private set; }

        /// <summary>Goes to the next row.</summary>
        public bool MoveNext()
        {
            if (_row == _step._handles.Length)
            {
                return false;
            }

            int row = _row++;
            int count = _step._counts.IsEmpty ? 1 : (int)_step._counts[row];
            if (_step.Columns is StepColumns.None or StepColumns.Counts)
            {
                Current = new StepRow { Handle = _step._handles[row], Ids = _step._ids.Slice(_token, count) };
                _token += count;
                return true;
            }

            int text = _step._textBytes.IsEmpty ? 0 : (int)_step._textBytes[row];
            int detail = _step._detailBytes.IsEmpty ? 0 : (int)_step._detailBytes[row];
            bool hasLogprobs = _step.Has(StepColumns.Logprobs);
            ReadOnlySpan<uint> topCounts = hasLogprobs ? _step._topCounts.Slice(_token, count) : default;
            int tops = 0;
            foreach (uint one in topCounts)
            {
                tops += (int)one;
            }

            Current = new StepRow
            {
                Handle = _step._handles[row],
                Ids = _step._ids.Slice(_token, count),
                Text = _step._text.Slice(_text, text),
                Details = _step._details.Slice(_detail, detail),
                Logprobs = hasLogprobs ? _step._logprobs.Slice(_token, count) : default,
                TopCounts = topCounts,
                TopIds = _step._topIds.Slice(_top, tops),
                TopLogprobs = _step._topLogprobs.Slice(_top, tops),
            };
            _token += count;
            _text += text;
            _detail += detail;
            _top += tops;
            return true;
        }
    }
}
