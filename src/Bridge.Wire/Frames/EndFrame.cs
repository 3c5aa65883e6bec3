using System.Buffers;
using System.Text;
using System.Text.Unicode;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>END: a request is complete.</summary>
public readonly ref struct EndFrame
{
    private const byte PromptFlag = 1;
    private const byte CachedFlag = 2;
    private const byte CompletionFlag = 4;
    private const byte StopIdFlag = 8;

    /// <summary>Which request.</summary>
    public uint Handle { get; private init; }

    /// <summary>Why.</summary>
    public FinishCode Finish { get; private init; }

    /// <summary>What it took.</summary>
    public TokenUsage Usage { get; private init; }

    /// <summary>The stop token id that ended it, or null.</summary>
    public int? StopId { get; private init; }

    /// <summary>The stop string that matched in UTF-8, or empty.</summary>
    public ReadOnlySpan<byte> Stop { get; private init; }

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="end">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out EndFrame end)
    {
        end = default;
        byte flags = frame[FrameLayout.Header.Flags];
        uint handle = Field.U32(frame, FrameLayout.End.Handle);
        byte finish = frame[FrameLayout.End.Finish];
        ushort stopBytes = Field.U16(frame, FrameLayout.End.StopBytes);
        if (handle == 0 || finish > (byte)FinishCode.Repetition || frame[FrameLayout.End.Reserved] != 0)
        {
            return FrameFault.Protocol("END has no handle, an unknown reason, or a reserved field that is not zero.");
        }

        if (!Optional(frame, flags & PromptFlag, FrameLayout.End.PromptTokens, out int? prompt)
            || !Optional(frame, flags & CachedFlag, FrameLayout.End.CachedTokens, out int? cached)
            || !Optional(frame, flags & CompletionFlag, FrameLayout.End.CompletionTokens, out int? completion)
            || !Optional(frame, flags & StopIdFlag, FrameLayout.End.StopId, out int? stopId))
        {
            return FrameFault.Protocol("END has a number without its flag, or one over 2^31 - 1.");
        }

        if (stopBytes > WireLimits.MaxStopBytes)
        {
            return FrameFault.Limit("END has a stop string over its limit.");
        }

        if (Sections.Read(frame, FrameLayout.End.Size, stopBytes, out Sections sections) is { } fault)
        {
            return fault;
        }

        end = new EndFrame
        {
            Handle = handle,
            Finish = (FinishCode)finish,
            Usage = new TokenUsage(prompt, cached, completion),
            StopId = stopId,
            Stop = sections.Bytes(stopBytes),
        };
        return Utf8.IsValid(end.Stop) ? null : FrameFault.Protocol("END has a stop string that is not UTF-8.");
    }

    /// <summary>What the last chunk tells of a generation.</summary>
    public GenerationEnd ToGenerationEnd() => new(Codes.ReasonOf(Finish), Usage)
    {
        StopString = Stop.IsEmpty ? null : Encoding.UTF8.GetString(Stop),
        StopTokenId = StopId,
    };

    /// <summary>Writes the end of a generation.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    /// <param name="end">What its last chunk told.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, GenerationEnd end) =>
        Write(output, handle, Codes.Of(end.Reason), end.Usage, end.StopTokenId, end.StopString);

    /// <summary>Writes the end of what is no generation.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    /// <param name="usage">What it took.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, TokenUsage usage) =>
        Write(output, handle, FinishCode.None, usage, null, null);

    private static bool Optional(ReadOnlySpan<byte> frame, int flag, int offset, out int? value)
    {
        int number = Field.I32(frame, offset);
        value = flag != 0 ? number : null;
        return flag != 0 ? number >= 0 : number == 0;
    }

    private static void Write(
        IBufferWriter<byte> output, uint handle, FinishCode finish, TokenUsage usage, int? stopId, string? stop)
    {
        int flags = (usage.PromptTokens is null ? 0 : PromptFlag) | (usage.CachedTokens is null ? 0 : CachedFlag)
            | (usage.CompletionTokens is null ? 0 : CompletionFlag) | (stopId is null ? 0 : StopIdFlag);
        int stopBytes = FrameStart.Utf8Length(stop, "stop", WireLimits.MaxStopBytes);
        Span<byte> frame = FrameStart.Begin(output, FrameType.End, (byte)flags, FrameLayout.End.Size, stopBytes);
        Field.Put(frame, FrameLayout.End.Handle, handle);
        frame[FrameLayout.End.Finish] = (byte)finish;
        Field.Put(frame, FrameLayout.End.StopBytes, (ushort)stopBytes);
        Field.Put(frame, FrameLayout.End.PromptTokens, usage.PromptTokens ?? 0);
        Field.Put(frame, FrameLayout.End.CachedTokens, usage.CachedTokens ?? 0);
        Field.Put(frame, FrameLayout.End.CompletionTokens, usage.CompletionTokens ?? 0);
        Field.Put(frame, FrameLayout.End.StopId, stopId ?? 0);
        Span<byte> rest = frame[FrameLayout.End.Size..];
        FrameStart.Text(ref rest, stop);
        output.Advance(frame.Length);
    }
}
