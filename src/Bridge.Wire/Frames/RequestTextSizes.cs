using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>The lengths of a REQUEST's texts in bytes.</summary>
internal readonly struct RequestTextSizes
{
    public int Model { get; init; }

    public int RequestId { get; init; }

    public int TraceParent { get; init; }

    public int Adapter { get; init; }

    public int Tenant { get; init; }

    public int Prompt { get; init; }

    public long Total => (long)Model + RequestId + TraceParent + Adapter + Tenant + Prompt;

    /// <summary>Writes them into the fixed part.</summary>
    public void Write(Span<byte> frame)
    {
        Field.Put(frame, FrameLayout.Request.ModelBytes, (ushort)Model);
        Field.Put(frame, FrameLayout.Request.RequestIdBytes, (ushort)RequestId);
        Field.Put(frame, FrameLayout.Request.TraceparentBytes, (ushort)TraceParent);
        Field.Put(frame, FrameLayout.Request.AdapterBytes, (ushort)Adapter);
        Field.Put(frame, FrameLayout.Request.TenantBytes, (ushort)Tenant);
        Field.Put(frame, FrameLayout.Request.TextBytes, (uint)Prompt);
    }
}
