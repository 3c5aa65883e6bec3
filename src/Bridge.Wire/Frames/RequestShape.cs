using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>What each kind of REQUEST may have: the table of FRAMING.md section 3.</summary>
internal static class RequestShape
{
    private const RequestBits GenerateBits = RequestBits.Text | RequestBits.TokenIds | RequestBits.PromptIds
        | RequestBits.Stream | RequestBits.IgnoreEos | RequestBits.IncludeStop | RequestBits.KeepSpecialTokens
        | RequestBits.BypassCache;

    private const GivenFields GenerateFields = (GivenFields)((1 << 12) - 1) & ~GivenFields.Dimensions;

    private static ReadOnlySpan<int> IntFields =>
    [
        FrameLayout.Request.MaxTokens, FrameLayout.Request.MinTokens, FrameLayout.Request.TopK,
        FrameLayout.Request.Seed,
        FrameLayout.Request.Logprobs, FrameLayout.Request.Dimensions,
    ];

    private static ReadOnlySpan<int> DoubleFields =>
    [
        FrameLayout.Request.Temperature, FrameLayout.Request.TopP, FrameLayout.Request.MinP,
        FrameLayout.Request.FrequencyPenalty, FrameLayout.Request.PresencePenalty,
        FrameLayout.Request.RepetitionPenalty,
    ];

    /// <summary>Sizes with a limit of their own.</summary>
    public static FrameFault? CheckLimits(ReadOnlySpan<byte> frame) =>
        Field.U16(frame, FrameLayout.Request.ModelBytes) > WireLimits.MaxNameBytes
        || Field.U16(frame, FrameLayout.Request.RequestIdBytes) > WireLimits.MaxRequestIdBytes
        || Field.U16(frame, FrameLayout.Request.TraceparentBytes) > WireLimits.MaxTraceparentBytes
        || Field.U16(frame, FrameLayout.Request.AdapterBytes) > WireLimits.MaxNameBytes
        || Field.U16(frame, FrameLayout.Request.TenantBytes) > WireLimits.MaxTenantBytes
        || Field.U16(frame, FrameLayout.Request.StopIdCount) > WireLimits.MaxStopIds
        || Field.U32(frame, FrameLayout.Request.JsonBytes) > WireLimits.MaxJsonBytes
        || Field.U32(frame, FrameLayout.Request.Credit) > WireLimits.MaxCredit
            ? FrameFault.Limit("REQUEST has a size or credit over its limit.")
            : null;

    /// <summary>Enumerations, options, and what the kind does not have.</summary>
    public static FrameFault? Check(in RequestFrame request)
    {
        bool right = request.Handle != 0 && request.Kind switch
        {
            RequestKind.Generate => IsGenerate(request),
            RequestKind.Embed => request.Prompt == PromptForm.None && request.Text.IsEmpty && IsCall(request)
                && request.Options == RequestBits.None && (request.Given & ~GivenFields.Dimensions) == 0,
            RequestKind.Tokenize => request.Prompt is PromptForm.Text or PromptForm.Chat && HasPrompt(request)
                && IsCall(request) && request.Given == GivenFields.None && IsTokenizeOption(request.Options),
            RequestKind.Detokenize => request.Prompt == PromptForm.Tokens && HasPrompt(request) && IsCall(request)
                && request.Given == GivenFields.None && (request.Options & ~RequestBits.KeepSpecialTokens) == 0,
            _ => false,
        };
        return right ? null : FrameFault.Protocol("REQUEST has no handle, or something that its kind does not have.");
    }

    /// <summary>A number that is not given is zero.</summary>
    public static FrameFault? CheckNumbers(ReadOnlySpan<byte> frame, GivenFields given)
    {
        bool right = true;
        for (int i = 0; i < IntFields.Length; i++)
        {
            right &= ((uint)given >> i & 1) != 0 || Field.U32(frame, IntFields[i]) == 0;
        }

        for (int i = 0; i < DoubleFields.Length; i++)
        {
            right &= ((uint)given >> IntFields.Length + i & 1) != 0 || Field.U64(frame, DoubleFields[i]) == 0;
        }

        return right ? null : FrameFault.Protocol("REQUEST has a number without its bit.");
    }

    private static bool IsGenerate(in RequestFrame request) =>
        request.Prompt is PromptForm.Tokens or PromptForm.Text or PromptForm.Chat && HasPrompt(request)
        && (request.Options & ~GenerateBits) == 0 && (request.Given & ~GenerateFields) == 0;

    // Only the prompt's own section may be filled.
    private static bool HasPrompt(in RequestFrame request) =>
        (request.Ids.IsEmpty || request.Prompt == PromptForm.Tokens)
        && (request.Text.IsEmpty || request.Prompt == PromptForm.Text);

    private static bool IsTokenizeOption(RequestBits options) =>
        (options & ~(RequestBits.AddSpecialGiven | RequestBits.AddSpecial)) == 0 && options != RequestBits.AddSpecial;

    private static bool IsCall(in RequestFrame request) =>
        request.Credit == 0 && request.FirstToken == Timeout.InfiniteTimeSpan
            && request.Idle == Timeout.InfiniteTimeSpan
        && request.Priority == 0 && request.StopIds.IsEmpty && request.Adapter.IsEmpty && request.Tenant.IsEmpty;
}
