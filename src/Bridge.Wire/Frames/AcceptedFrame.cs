using System.Buffers;
using System.Text.Unicode;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>ACCEPTED: a generation was admitted.</summary>
public readonly ref struct AcceptedFrame
{
    private const byte SeedFlag = 1;

    /// <summary>Which request.</summary>
    public uint Handle { get; private init; }

    /// <summary>The seed in effect, or null.</summary>
    public int? Seed { get; private init; }

    /// <summary>The prompt's token ids where they lie; empty when not wanted or not known.</summary>
    public ReadOnlySpan<int> PromptIds { get; private init; }

    /// <summary>The served name in UTF-8; empty: as asked for.</summary>
    public ReadOnlySpan<byte> Model { get; private init; }

    /// <summary>The engine's own id of the answer in UTF-8, or empty.</summary>
    public ReadOnlySpan<byte> EngineId { get; private init; }

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="accepted">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out AcceptedFrame accepted)
    {
        accepted = default;
        bool hasSeed = (frame[FrameLayout.Header.Flags] & SeedFlag) != 0;
        uint handle = Field.U32(frame, FrameLayout.Accepted.Handle);
        int seed = Field.I32(frame, FrameLayout.Accepted.Seed);
        uint ids = Field.U32(frame, FrameLayout.Accepted.IdCount);
        ushort modelBytes = Field.U16(frame, FrameLayout.Accepted.ModelBytes);
        ushort engineIdBytes = Field.U16(frame, FrameLayout.Accepted.EngineIdBytes);
        if (handle == 0 || (!hasSeed && seed != 0))
        {
            return FrameFault.Protocol("ACCEPTED has no handle, or a seed without its flag.");
        }

        if (modelBytes > WireLimits.MaxNameBytes || engineIdBytes > WireLimits.MaxNameBytes)
        {
            return FrameFault.Limit("ACCEPTED has a name over its limit.");
        }

        if (Sections.Read(
            frame, FrameLayout.Accepted.Size, 4UL * ids + modelBytes + engineIdBytes, out Sections sections)
            is { } fault)
        {
            return fault;
        }

        accepted = new AcceptedFrame
        {
            Handle = handle,
            Seed = hasSeed ? seed : null,
            PromptIds = sections.Numbers<int>(ids),
            Model = sections.Bytes(modelBytes),
            EngineId = sections.Bytes(engineIdBytes),
        };
        return accepted.PromptIds.ContainsAnyInRange(int.MinValue, -1)
            || !Utf8.IsValid(accepted.Model) || !Utf8.IsValid(accepted.EngineId)
            ? FrameFault.Protocol("ACCEPTED has a negative token id or a name that is not UTF-8.")
            : null;
    }

    /// <summary>Writes one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    /// <param name="start">What the first chunk told; prompt ids are written when it has them.</param>
    /// <param name="model">The served name; empty: as asked for.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, GenerationStart start, string model)
    {
        string engineId = FrameStart.Cut(start.EngineRequestId ?? "", WireLimits.MaxNameBytes);
        int modelBytes = FrameStart.Utf8Length(model, "model", WireLimits.MaxNameBytes);
        int engineIdBytes = FrameStart.Utf8Length(engineId, "engine_id", WireLimits.MaxNameBytes);
        ReadOnlySpan<int> ids = start.PromptTokenIds.Span;
        Span<byte> frame = FrameStart.Begin(output, FrameType.Accepted, start.Seed is null ? (byte)0 : SeedFlag,
            FrameLayout.Accepted.Size, 4L * ids.Length + modelBytes + engineIdBytes);
        Field.Put(frame, FrameLayout.Accepted.Handle, handle);
        Field.Put(frame, FrameLayout.Accepted.Seed, start.Seed ?? 0);
        Field.Put(frame, FrameLayout.Accepted.IdCount, (uint)ids.Length);
        Field.Put(frame, FrameLayout.Accepted.ModelBytes, (ushort)modelBytes);
        Field.Put(frame, FrameLayout.Accepted.EngineIdBytes, (ushort)engineIdBytes);
        Span<byte> rest = frame[FrameLayout.Accepted.Size..];
        FrameStart.Numbers(ref rest, ids);
        FrameStart.Text(ref rest, model);
        FrameStart.Text(ref rest, engineId);
        output.Advance(frame.Length);
    }
}
