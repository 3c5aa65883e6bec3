using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>
/// REQUEST: generate, embed, tokenize or detokenize. A view of the frame whose numbers and sizes are checked; texts and
/// JSON are looked at by <see cref="Content.RequestContent"/>.
/// </summary>
public readonly ref struct RequestFrame
{
    private readonly ReadOnlySpan<byte> _frame;

    private RequestFrame(ReadOnlySpan<byte> frame, Sections sections)
    {
        _frame = frame;
        Ids = sections.Numbers<int>(Field.U32(frame, FrameLayout.Request.IdCount));
        StopIds = sections.Numbers<int>(Field.U16(frame, FrameLayout.Request.StopIdCount));
        Model = sections.Bytes(Field.U16(frame, FrameLayout.Request.ModelBytes));
        RequestId = sections.Bytes(Field.U16(frame, FrameLayout.Request.RequestIdBytes));
        TraceParent = sections.Bytes(Field.U16(frame, FrameLayout.Request.TraceparentBytes));
        Adapter = sections.Bytes(Field.U16(frame, FrameLayout.Request.AdapterBytes));
        Tenant = sections.Bytes(Field.U16(frame, FrameLayout.Request.TenantBytes));
        Text = sections.Bytes(Field.U32(frame, FrameLayout.Request.TextBytes));
        Json = sections.Bytes(Field.U32(frame, FrameLayout.Request.JsonBytes));
    }

    /// <summary>Its handle.</summary>
    public uint Handle => Field.U32(_frame, FrameLayout.Request.Handle);

    /// <summary>What is asked.</summary>
    public RequestKind Kind => (RequestKind)_frame[FrameLayout.Request.Kind];

    /// <summary>Where the prompt stands.</summary>
    public PromptForm Prompt => (PromptForm)_frame[FrameLayout.Request.Prompt];

    /// <summary>The yes-or-no options.</summary>
    public RequestBits Options => (RequestBits)Field.U16(_frame, FrameLayout.Request.Options);

    /// <summary>Which numbers are given.</summary>
    public GivenFields Given => (GivenFields)Field.U32(_frame, FrameLayout.Request.Given);

    /// <summary>How many tokens may be sent.</summary>
    public uint Credit => Field.U32(_frame, FrameLayout.Request.Credit);

    /// <summary>The budget for the whole request; infinite for none.</summary>
    public TimeSpan Total => Budgets.Read(_frame, FrameLayout.Request.TotalMs) ?? Timeout.InfiniteTimeSpan;

    /// <summary>The budget up to the first token; infinite for none.</summary>
    public TimeSpan FirstToken => Budgets.Read(_frame, FrameLayout.Request.FirstTokenMs) ?? Timeout.InfiniteTimeSpan;

    /// <summary>The budget from token to token; infinite for none.</summary>
    public TimeSpan Idle => Budgets.Read(_frame, FrameLayout.Request.IdleMs) ?? Timeout.InfiniteTimeSpan;

    /// <summary>Its priority.</summary>
    public int Priority => Field.I32(_frame, FrameLayout.Request.Priority);

    /// <summary>Token ids of the prompt or of the inputs, where they lie.</summary>
    public ReadOnlySpan<int> Ids { get; }

    /// <summary>Stop token ids where they lie.</summary>
    public ReadOnlySpan<int> StopIds { get; }

    /// <summary>The model's name; like all texts here bytes that may not be UTF-8.</summary>
    public ReadOnlySpan<byte> Model { get; }

    /// <summary>The attempt's id.</summary>
    public ReadOnlySpan<byte> RequestId { get; }

    /// <summary>W3C's <c>traceparent</c>, or empty.</summary>
    public ReadOnlySpan<byte> TraceParent { get; }

    /// <summary>The adapter's name, or empty.</summary>
    public ReadOnlySpan<byte> Adapter { get; }

    /// <summary>The tenant, or empty.</summary>
    public ReadOnlySpan<byte> Tenant { get; }

    /// <summary>The prompt as text, or empty.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>What is no number; empty or JSON.</summary>
    public ReadOnlySpan<byte> Json { get; }

    /// <summary>Whether an option is set.</summary>
    /// <param name="bit">Which.</param>
    public bool Has(RequestBits bit) => (Options & bit) != 0;

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="request">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out RequestFrame request)
    {
        request = default;
        if ((RequestShape.Check(frame) ?? RequestShape.CheckLimits(frame)) is { } wrong)
        {
            return wrong;
        }

        ulong bytes = 4UL * Field.U32(frame, FrameLayout.Request.IdCount)
            + 4UL * Field.U16(frame, FrameLayout.Request.StopIdCount)
            + Field.U16(frame, FrameLayout.Request.ModelBytes) + Field.U16(frame, FrameLayout.Request.RequestIdBytes)
            + Field.U16(frame, FrameLayout.Request.TraceparentBytes)
            + Field.U16(frame, FrameLayout.Request.AdapterBytes)
            + Field.U16(frame, FrameLayout.Request.TenantBytes) + Field.U32(frame, FrameLayout.Request.TextBytes)
            + Field.U32(frame, FrameLayout.Request.JsonBytes);
        if (Sections.Read(frame, FrameLayout.Request.Size, bytes, out Sections sections) is { } fault)
        {
            return fault;
        }

        request = new RequestFrame(frame, sections);
        return null;
    }

    /// <summary>A number with a presence bit, or null.</summary>
    internal int? Int(GivenFields bit, int offset) => (Given & bit) != 0 ? Field.I32(_frame, offset) : null;

    /// <summary>A number with a presence bit, or null.</summary>
    internal double? Double(GivenFields bit, int offset) => (Given & bit) != 0 ? Field.F64(_frame, offset) : null;
}
