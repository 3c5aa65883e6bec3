using System.Buffers;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>UPGRADE: a step of moving the channel elsewhere.</summary>
public readonly ref struct UpgradeFrame
{
    /// <summary>Which step.</summary>
    public UpgradeStep Step { get; private init; }

    /// <summary>Where to.</summary>
    public UpgradeKind Kind { get; private init; }

    /// <summary>How many file descriptors ride on its first byte: 1 in an offer, else 0.</summary>
    public int Descriptors { get; private init; }

    /// <summary>What kind and step say; empty in a decline.</summary>
    public ReadOnlySpan<byte> Body { get; private init; }

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="upgrade">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out UpgradeFrame upgrade)
    {
        upgrade = default;
        byte step = frame[FrameLayout.Upgrade.Step];
        byte kind = frame[FrameLayout.Upgrade.Kind];
        byte descriptors = frame[FrameLayout.Upgrade.Descriptors];
        uint bodyBytes = Field.U32(frame, FrameLayout.Upgrade.BodyBytes);
        if (step is < (byte)UpgradeStep.Offer or > (byte)UpgradeStep.Decline || kind != (byte)UpgradeKind.SharedMemory
            || descriptors > 1 || frame[FrameLayout.Upgrade.Reserved] != 0
            || (step != (byte)UpgradeStep.Offer && descriptors != 0)
            || (step == (byte)UpgradeStep.Decline && bodyBytes != 0))
        {
            return FrameFault.Protocol("UPGRADE has an unknown step or kind, or a field that must be zero.");
        }

        if (Sections.Read(frame, FrameLayout.Upgrade.Size, bodyBytes, out Sections sections) is { } fault)
        {
            return fault;
        }

        upgrade = new UpgradeFrame
        {
            Step = (UpgradeStep)step,
            Kind = (UpgradeKind)kind,
            Descriptors = descriptors,
            Body = sections.Bytes(bodyBytes),
        };
        return null;
    }

    /// <summary>Writes one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="step">Which step.</param>
    /// <param name="kind">Where to.</param>
    /// <param name="descriptors">How many file descriptors will ride on its first byte: 1 in an offer, else 0.</param>
    /// <param name="body">What kind and step say.</param>
    public static void Write(
        IBufferWriter<byte> output, UpgradeStep step, UpgradeKind kind, int descriptors, ReadOnlySpan<byte> body)
    {
        Span<byte> frame = FrameStart.Begin(output, FrameType.Upgrade, 0, FrameLayout.Upgrade.Size, body.Length);
        frame[FrameLayout.Upgrade.Step] = (byte)step;
        frame[FrameLayout.Upgrade.Kind] = (byte)kind;
        frame[FrameLayout.Upgrade.Descriptors] = (byte)descriptors;
        Field.Put(frame, FrameLayout.Upgrade.BodyBytes, (uint)body.Length);
        body.CopyTo(frame[FrameLayout.Upgrade.Size..]);
        output.Advance(frame.Length);
    }
}
