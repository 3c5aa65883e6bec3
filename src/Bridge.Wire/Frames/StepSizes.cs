using System.Runtime.InteropServices;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>How long the columns of a STEP are, each checked before the next is looked at.</summary>
internal readonly struct StepSizes
{
    private StepSizes(StepColumns columns, uint rows, uint tokens, ulong tops, ulong text, ulong details, ulong numbers)
    {
        Columns = columns;
        Rows = rows;
        Tokens = tokens;
        Tops = tops;
        Text = text;
        Details = details;
        SectionBytes = 4 * (numbers + 2 * tops) + text + details;
    }

    public StepColumns Columns { get; }

    public uint Rows { get; }

    public uint Tokens { get; }

    /// <summary>Alternatives of all tokens together.</summary>
    public ulong Tops { get; }

    /// <summary>Bytes of all texts together.</summary>
    public ulong Text { get; }

    /// <summary>Bytes of all details together.</summary>
    public ulong Details { get; }

    /// <summary>Bytes of all columns together.</summary>
    public ulong SectionBytes { get; }

    public static FrameFault? Read(ReadOnlySpan<byte> frame, out StepSizes sizes)
    {
        sizes = default;
        var columns = (StepColumns)frame[FrameLayout.Header.Flags];
        uint rows = Field.U32(frame, FrameLayout.Step.Rows);
        uint tokens = Field.U32(frame, FrameLayout.Step.Tokens);
        if (rows > WireLimits.MaxRequests)
        {
            return FrameFault.Limit("STEP has more rows than its limit.");
        }

        bool hasCounts = (columns & StepColumns.Counts) != 0;
        bool hasText = (columns & StepColumns.Text) != 0;
        bool hasDetails = (columns & StepColumns.Details) != 0;
        bool hasLogprobs = (columns & StepColumns.Logprobs) != 0;
        ulong perRow = 1UL + (hasCounts ? 1UL : 0) + (hasText ? 1UL : 0) + (hasDetails ? 1UL : 0);
        ulong numbers = rows * perRow + tokens * (hasLogprobs ? 3UL : 1UL);
        if (rows == 0 || (!hasCounts && rows != tokens) || 4 * numbers > (ulong)(frame.Length - FrameLayout.Step.Size))
        {
            return FrameFault.Protocol("STEP has no rows, or columns that do not fit into it.");
        }

        // From here on the columns of numbers lie inside the frame.
        ReadOnlySpan<uint> columnsOfRows = MemoryMarshal.Cast<byte, uint>(frame[FrameLayout.Step.Size..]);
        ulong counted = hasCounts ? Sum(columnsOfRows.Slice((int)rows, (int)rows)) : tokens;
        int next = (int)(rows * (hasCounts ? 2 : 1) + tokens);
        ulong text = hasText ? Sum(columnsOfRows.Slice(next, (int)rows)) : 0;
        next += hasText ? (int)rows : 0;
        ReadOnlySpan<uint> detailBytes = hasDetails ? columnsOfRows.Slice(next, (int)rows) : default;
        next += (hasDetails ? (int)rows : 0) + (int)tokens;
        ReadOnlySpan<uint> topCounts = hasLogprobs ? columnsOfRows.Slice(next, (int)tokens) : default;
        if (topCounts.ContainsAnyExceptInRange(0U, (uint)WireLimits.MaxTopLogprobs)
            || detailBytes.ContainsAnyExceptInRange(0U, (uint)WireLimits.MaxJsonBytes))
        {
            return FrameFault.Limit("STEP has a token with more alternatives, or a row with more details, than the limit.");
        }

        sizes = new StepSizes(columns, rows, tokens, Sum(topCounts), text, Sum(detailBytes), numbers);
        return counted == tokens ? null : FrameFault.Protocol("STEP has counts that are not those of its tokens.");
    }

    private static ulong Sum(ReadOnlySpan<uint> numbers)
    {
        ulong sum = 0;
        foreach (uint number in numbers)
        {
            sum += number;
        }

        return sum;
    }
}
