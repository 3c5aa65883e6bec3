using System.Buffers;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>ADMIN: health, metrics, adapters.</summary>
public readonly ref struct AdminFrame
{
    /// <summary>Its handle.</summary>
    public uint Handle { get; private init; }

    /// <summary>What it asks.</summary>
    public AdminOperation Operation { get; private init; }

    /// <summary>The budget; infinite for none.</summary>
    public TimeSpan Total { get; private init; }

    /// <summary>What it says more, as JSON; not looked at yet.</summary>
    public ReadOnlySpan<byte> Json { get; private init; }

    /// <summary>Reads one. Null when it is right; its JSON is not looked at.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="admin">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out AdminFrame admin)
    {
        admin = default;
        uint handle = Field.U32(frame, FrameLayout.Admin.Handle);
        byte operation = frame[FrameLayout.Admin.Operation];
        uint jsonBytes = Field.U32(frame, FrameLayout.Admin.JsonBytes);
        if (handle == 0 || operation is 0 or > (byte)AdminOperation.AdapterList
            || frame[FrameLayout.Admin.Reserved0] != 0 || Field.U16(frame, FrameLayout.Admin.Reserved1) != 0)
        {
            return FrameFault.Protocol("ADMIN has no handle, an unknown operation, or a reserved field that is not zero.");
        }

        if (jsonBytes > WireLimits.MaxJsonBytes)
        {
            return FrameFault.Limit("ADMIN has JSON over its limit.");
        }

        if (Sections.Read(frame, FrameLayout.Admin.Size, jsonBytes, out Sections sections) is { } fault)
        {
            return fault;
        }

        admin = new AdminFrame
        {
            Handle = handle,
            Operation = (AdminOperation)operation,
            Total = Budgets.Read(frame, FrameLayout.Admin.TotalMs) ?? Timeout.InfiniteTimeSpan,
            Json = sections.Bytes(jsonBytes),
        };
        return null;
    }

    /// <summary>Writes one.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Its handle.</param>
    /// <param name="operation">What it asks.</param>
    /// <param name="total">The budget; infinite for none.</param>
    /// <param name="json">What it says more; empty or one object.</param>
    public static void Write(
        IBufferWriter<byte> output, uint handle, AdminOperation operation, TimeSpan total, ReadOnlySpan<byte> json)
    {
        Span<byte> frame = FrameStart.Begin(output, FrameType.Admin, 0, FrameLayout.Admin.Size, json.Length);
        Field.Put(frame, FrameLayout.Admin.Handle, handle);
        frame[FrameLayout.Admin.Operation] = (byte)operation;
        Budgets.Write(frame, FrameLayout.Admin.TotalMs, total);
        Field.Put(frame, FrameLayout.Admin.JsonBytes, (uint)json.Length);
        json.CopyTo(frame[FrameLayout.Admin.Size..]);
        output.Advance(frame.Length);
    }
}
