using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>
/// What the fixed part of a REQUEST may say: the table of FRAMING.md section 3. Nothing behind the fixed part is looked
/// at.
/// </summary>
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

    /// <summary>Enumerations, options, what the kind does not have, and numbers that are not given.</summary>
    public static FrameFault? Check(ReadOnlySpan<byte> frame)
    {
        var prompt = (PromptForm)frame[FrameLayout.Request.Prompt];
        var options = (RequestBits)Field.U16(frame, FrameLayout.Request.Options);
        var given = (GivenFields)Field.U32(frame, FrameLayout.Request.Given);
        bool right = Field.U32(frame, FrameLayout.Request.Handle) != 0 && HasPrompt(frame, prompt)
            && (RequestKind)frame[FrameLayout.Request.Kind] switch
            {
                RequestKind.Generate => prompt is PromptForm.Tokens or PromptForm.Text or PromptForm.Chat
                    && (options & ~GenerateBits) == 0 && (given & ~GenerateFields) == 0,
                RequestKind.Embed => prompt == PromptForm.None && IsCall(frame)
                    && options == RequestBits.None && (given & ~GivenFields.Dimensions) == 0,
                RequestKind.Tokenize => prompt is PromptForm.Text or PromptForm.Chat && IsCall(frame)
                    && given == GivenFields.None && IsTokenizeOption(options),
                RequestKind.Detokenize => prompt == PromptForm.Tokens && IsCall(frame)
                    && given == GivenFields.None && (options & ~RequestBits.KeepSpecialTokens) == 0,
                _ => false,
            };
        return right ? CheckNumbers(frame, given)
            : FrameFault.Protocol("REQUEST has no handle, or something that its kind does not have.");
    }

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

    private static FrameFault? CheckNumbers(ReadOnlySpan<byte> frame, GivenFields given)
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

    // Only the prompt's own section may be filled. What is embedded has no prompt, and its ids stand beside its JSON.
    private static bool HasPrompt(ReadOnlySpan<byte> frame, PromptForm prompt) =>
        (prompt is PromptForm.Tokens or PromptForm.None || Field.U32(frame, FrameLayout.Request.IdCount) == 0)
        && (prompt == PromptForm.Text || Field.U32(frame, FrameLayout.Request.TextBytes) == 0);

    private static bool IsTokenizeOption(RequestBits options) =>
        (options & ~(RequestBits.AddSpecialGiven | RequestBits.AddSpecial)) == 0 && options != RequestBits.AddSpecial;

    // Credit, budgets of tokens, priority, stop ids, adapter and tenant are a generation's.
    private static bool IsCall(ReadOnlySpan<byte> frame) =>
        Field.U32(frame, FrameLayout.Request.Credit) == 0 && Field.U32(frame, FrameLayout.Request.FirstTokenMs) == 0
        && Field.U32(frame, FrameLayout.Request.IdleMs) == 0 && Field.U32(frame, FrameLayout.Request.Priority) == 0
        && Field.U16(frame, FrameLayout.Request.StopIdCount) == 0
        && Field.U16(frame, FrameLayout.Request.AdapterBytes) == 0
        && Field.U16(frame, FrameLayout.Request.TenantBytes) == 0;
}
