using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>The texts of a REQUEST.</summary>
internal readonly struct RequestTexts
{
    public required string Model { get; init; }

    public string? RequestId { get; init; }

    public string? TraceParent { get; init; }

    public string? Adapter { get; init; }

    public string? Tenant { get; init; }

    public TextPrompt? Prompt { get; init; }

    /// <summary>Their lengths in UTF-8, each within its limit.</summary>
    public void Measure(out RequestTextSizes sizes) => sizes = new RequestTextSizes
    {
        Model = FrameStart.Utf8Length(Model, "model", WireLimits.MaxNameBytes),
        RequestId = FrameStart.Utf8Length(RequestId, "request_id", WireLimits.MaxRequestIdBytes),
        TraceParent = FrameStart.Utf8Length(TraceParent, "traceparent", WireLimits.MaxTraceparentBytes),
        Adapter = FrameStart.Utf8Length(Adapter, "adapter", WireLimits.MaxNameBytes),
        Tenant = FrameStart.Utf8Length(Tenant, "tenant", WireLimits.MaxTenantBytes),
        Prompt = FrameStart.Utf8Length(Prompt?.Text, "prompt", WireLimits.MaxFrameBytes),
    };

    /// <summary>Writes them in their order.</summary>
    public void Write(ref Span<byte> rest)
    {
        FrameStart.Text(ref rest, Model);
        FrameStart.Text(ref rest, RequestId);
        FrameStart.Text(ref rest, TraceParent);
        FrameStart.Text(ref rest, Adapter);
        FrameStart.Text(ref rest, Tenant);
        FrameStart.Text(ref rest, Prompt?.Text);
    }
}
