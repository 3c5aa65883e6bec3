namespace ThemisBridge.Wire.Frames;

/// <summary>Time budgets: milliseconds on the wire, 0 for none.</summary>
internal static class Budgets
{
    /// <summary>The budget, or null for none.</summary>
    public static TimeSpan? Read(ReadOnlySpan<byte> frame, int offset) =>
        Field.U32(frame, offset) is not 0 and var ms ? TimeSpan.FromMilliseconds(ms) : null;

    /// <summary>Writes a budget; null and infinite are none, what is left of a millisecond is one.</summary>
    public static void Write(Span<byte> frame, int offset, TimeSpan? budget)
    {
        if (budget is { } given && given != Timeout.InfiniteTimeSpan)
        {
            Field.Put(frame, offset, (uint)Math.Clamp(Math.Ceiling(given.TotalMilliseconds), 1, uint.MaxValue));
        }
    }
}
