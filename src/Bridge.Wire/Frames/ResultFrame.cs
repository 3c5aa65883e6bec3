using System.Buffers;
using System.Text.Unicode;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>RESULT: the answer of what is no generation.</summary>
public readonly ref struct ResultFrame
{
    /// <summary>Which request.</summary>
    public uint Handle { get; private init; }

    /// <summary>What it holds.</summary>
    public ResultKind Kind { get; private init; }

    /// <summary>Vectors, ids or bytes.</summary>
    public int Count { get; private init; }

    /// <summary>The length of a vector, or the model's context in tokens; else 0.</summary>
    public int Extra { get; private init; }

    /// <summary>The numbers of the vectors, one after the other, where they lie.</summary>
    public ReadOnlySpan<float> Vectors { get; private init; }

    /// <summary>Token ids where they lie.</summary>
    public ReadOnlySpan<int> Ids { get; private init; }

    /// <summary>Text or JSON in UTF-8.</summary>
    public ReadOnlySpan<byte> Text { get; private init; }

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="result">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out ResultFrame result)
    {
        result = default;
        uint handle = Field.U32(frame, FrameLayout.Result.Handle);
        byte kind = frame[FrameLayout.Result.Kind];
        uint count = Field.U32(frame, FrameLayout.Result.Count);
        uint extra = Field.U32(frame, FrameLayout.Result.Extra);
        if (handle == 0 || kind is 0 or > (byte)ResultKind.Json || frame[FrameLayout.Result.Reserved0] != 0
            || Field.U16(frame, FrameLayout.Result.Reserved1) != 0)
        {
            return FrameFault.Protocol("RESULT has no handle, an unknown kind, or a reserved field that is not zero.");
        }

        bool isText = kind is (byte)ResultKind.Text or (byte)ResultKind.Json;
        bool isVectors = kind == (byte)ResultKind.Embedding;
        if ((isText && extra != 0) || (isVectors && (count == 0 || extra == 0)) || extra > int.MaxValue)
        {
            return FrameFault.Protocol("RESULT has a count or extra that its kind cannot have.");
        }

        if (kind == (byte)ResultKind.Json && count > WireLimits.MaxJsonBytes)
        {
            return FrameFault.Limit("RESULT has JSON over its limit.");
        }

        // Four bytes each of at most 2^32 times 2^31: fits 64 bits only after the factors were seen to be small.
        ulong numbers = isVectors ? (ulong)count * extra : count;
        if (numbers > WireLimits.MaxFrameBytes)
        {
            return FrameFault.Protocol("RESULT has more data than a frame can hold.");
        }

        if (Sections.Read(frame, FrameLayout.Result.Size, isText ? numbers : 4 * numbers, out Sections sections)
            is { } fault)
        {
            return fault;
        }

        result = new ResultFrame
        {
            Handle = handle,
            Kind = (ResultKind)kind,
            Count = (int)count,
            Extra = (int)extra,
            Vectors = isVectors ? sections.Numbers<float>((uint)numbers) : default,
            Ids = kind == (byte)ResultKind.Ids ? sections.Numbers<int>(count) : default,
            Text = isText ? sections.Bytes(count) : default,
        };
        return result.HasRightContent()
            ? null : FrameFault.Protocol("RESULT has a negative token id, a text that is not UTF-8, or JSON that is none.");
    }

    /// <summary>Writes as many vectors as fit, and at least one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    /// <param name="vectors">The vectors, all of one length.</param>
    /// <param name="first">The first to write.</param>
    /// <param name="maxFrameBytes">The longest frame that the peer accepts.</param>
    /// <returns>How many were written.</returns>
    public static int WriteVectors(
        IBufferWriter<byte> output, uint handle, IReadOnlyList<ReadOnlyMemory<float>> vectors, int first,
        int maxFrameBytes)
    {
        int length = vectors[first].Length;
        int count = Math.Clamp((maxFrameBytes - FrameLayout.Result.Size) / (4 * length), 1, vectors.Count - first);
        Span<byte> frame = Begin(output, handle, ResultKind.Embedding, count, length, 4L * count * length);
        Span<byte> rest = frame[FrameLayout.Result.Size..];
        for (int i = first; i < first + count; i++)
        {
            FrameStart.Numbers(ref rest, vectors[i].Span);
        }

        output.Advance(frame.Length);
        return count;
    }

    /// <summary>Writes token ids.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    /// <param name="ids">The ids.</param>
    /// <param name="maxModelLength">The model's context in tokens, or null.</param>
    public static void WriteIds(IBufferWriter<byte> output, uint handle, ReadOnlySpan<int> ids, int? maxModelLength)
    {
        Span<byte> frame = Begin(output, handle, ResultKind.Ids, ids.Length, maxModelLength ?? 0, 4L * ids.Length);
        Span<byte> rest = frame[FrameLayout.Result.Size..];
        FrameStart.Numbers(ref rest, ids);
        output.Advance(frame.Length);
    }

    /// <summary>Writes text.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    /// <param name="text">The text.</param>
    public static void WriteText(IBufferWriter<byte> output, uint handle, string text)
    {
        // How long it may be is the frame's matter: it is an answer, and no field of a request.
        int bytes = FrameStart.Utf8Length(text, "text", int.MaxValue);
        Span<byte> frame = Begin(output, handle, ResultKind.Text, bytes, 0, bytes);
        Span<byte> rest = frame[FrameLayout.Result.Size..];
        FrameStart.Text(ref rest, text);
        output.Advance(frame.Length);
    }

    /// <summary>Writes JSON.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    /// <param name="json">One object in UTF-8.</param>
    /// <exception cref="BridgeException">It is longer than JSON may be.</exception>
    public static void WriteJson(IBufferWriter<byte> output, uint handle, ReadOnlySpan<byte> json)
    {
        if (json.Length > WireLimits.MaxJsonBytes)
        {
            throw new BridgeException(BridgeFailure.LimitExceeded, FailureStage.Admit,
                $"The answer is {json.Length} bytes of JSON; at most {WireLimits.MaxJsonBytes} are possible.");
        }

        Span<byte> frame = Begin(output, handle, ResultKind.Json, json.Length, 0, json.Length);
        json.CopyTo(frame[FrameLayout.Result.Size..]);
        output.Advance(frame.Length);
    }

    private bool HasRightContent() => Kind switch
    {
        ResultKind.Ids => !Ids.ContainsAnyInRange(int.MinValue, -1),
        ResultKind.Json => WireJson.IsObject(Text),
        _ => Utf8.IsValid(Text),
    };

    private static Span<byte> Begin(
        IBufferWriter<byte> output, uint handle, ResultKind kind, int count, int extra, long bytes)
    {
        Span<byte> frame = FrameStart.Begin(output, FrameType.Result, 0, FrameLayout.Result.Size, bytes);
        Field.Put(frame, FrameLayout.Result.Handle, handle);
        frame[FrameLayout.Result.Kind] = (byte)kind;
        Field.Put(frame, FrameLayout.Result.Count, (uint)count);
        Field.Put(frame, FrameLayout.Result.Extra, (uint)extra);
        return frame;
    }
}
