using System.Buffers;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>Writes REQUEST frames. What the frame cannot carry is refused as the request's fault.</summary>
public static class RequestWriter
{
    /// <summary>Writes a generation.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Its handle.</param>
    /// <param name="request">The request; checked by <see cref="RequestValidation"/> before.</param>
    /// <param name="credit">How many tokens may be sent.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, InferenceRequest request, uint credit)
    {
        ReadOnlyMemory<byte> json = RequestTail.Of(request);
        var texts = new RequestTexts
        {
            Model = request.Model,
            RequestId = request.RequestId,
            TraceParent = request.TraceParent,
            Adapter = request.Adapter,
            Tenant = request.Tenant,
            Prompt = request.Prompt as TextPrompt,
        };
        ReadOnlySpan<int> ids = request.Prompt is TokenPrompt tokens ? tokens.TokenIds.Span : default;
        PromptForm form = FormOf(request.Prompt);
        Span<byte> frame = Begin(output, texts, ids, request.Sampling.StopTokenIds, json.Span);
        Kind(frame, handle, RequestKind.Generate, form, OptionsOf(request));
        Field.Put(frame, FrameLayout.Request.Credit, credit);
        Budgets.Write(frame, FrameLayout.Request.TotalMs, request.Deadlines.Total);
        Budgets.Write(frame, FrameLayout.Request.FirstTokenMs, request.Deadlines.FirstToken);
        Budgets.Write(frame, FrameLayout.Request.IdleMs, request.Deadlines.Idle);
        Field.Put(frame, FrameLayout.Request.Priority, request.Priority);
        Numbers(frame, request.Sampling);
        output.Advance(frame.Length);
    }

    /// <summary>Writes an embedding.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Its handle.</param>
    /// <param name="request">The request; checked by <see cref="RequestValidation"/> before.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, EmbeddingRequest request)
    {
        ReadOnlyMemory<byte> json = RequestTail.Of(request, out int[] ids);
        var texts = new RequestTexts
        {
            Model = request.Model,
            RequestId = request.RequestId,
            TraceParent = request.TraceParent,
        };
        Span<byte> frame = Begin(output, texts, ids, [], json.Span);
        Kind(frame, handle, RequestKind.Embed, PromptForm.None, RequestBits.None);
        Budgets.Write(frame, FrameLayout.Request.TotalMs, request.Deadlines.Total);
        Given(frame, GivenFields.Dimensions, FrameLayout.Request.Dimensions, request.Dimensions);
        output.Advance(frame.Length);
    }

    /// <summary>Writes a text or chat to tokenize.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Its handle.</param>
    /// <param name="request">The request; checked by <see cref="RequestValidation"/> before.</param>
    /// <param name="total">The budget; infinite for none.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, TokenizeRequest request, TimeSpan total)
    {
        ReadOnlyMemory<byte> json = RequestTail.Of(request);
        var texts = new RequestTexts { Model = request.Model, Prompt = request.Prompt as TextPrompt };
        Span<byte> frame = Begin(output, texts, default, [], json.Span);
        RequestBits options = request.AddSpecialTokens is not { } add ? RequestBits.None
            : RequestBits.AddSpecialGiven | (add ? RequestBits.AddSpecial : RequestBits.None);
        Kind(frame, handle, RequestKind.Tokenize, FormOf(request.Prompt), options);
        Budgets.Write(frame, FrameLayout.Request.TotalMs, total);
        output.Advance(frame.Length);
    }

    /// <summary>Writes ids to detokenize.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Its handle.</param>
    /// <param name="request">The request; checked by <see cref="RequestValidation"/> before.</param>
    /// <param name="total">The budget; infinite for none.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, DetokenizeRequest request, TimeSpan total)
    {
        Span<byte> frame =
            Begin(output, new RequestTexts { Model = request.Model }, request.TokenIds.Span, [], default);
        Kind(frame, handle, RequestKind.Detokenize, PromptForm.Tokens,
            request.SkipSpecialTokens ? RequestBits.None : RequestBits.KeepSpecialTokens);
        Budgets.Write(frame, FrameLayout.Request.TotalMs, total);
        output.Advance(frame.Length);
    }

    private static PromptForm FormOf(Prompt prompt) => prompt switch
    {
        TokenPrompt => PromptForm.Tokens,
        TextPrompt => PromptForm.Text,
        _ => PromptForm.Chat,
    };

    private static RequestBits OptionsOf(InferenceRequest request) =>
        (RequestBits)(ushort)(request.Output & (OutputParts.Text | OutputParts.TokenIds | OutputParts.PromptTokenIds))
        | (request.Stream ? RequestBits.Stream : 0)
        | (request.Sampling.IgnoreEos ? RequestBits.IgnoreEos : 0)
        | (request.Sampling.IncludeStopInOutput ? RequestBits.IncludeStop : 0)
        | (request.Sampling.SkipSpecialTokens ? 0 : RequestBits.KeepSpecialTokens)
        | (request.CachePolicy == CachePolicy.Bypass ? RequestBits.BypassCache : 0);

    private static Span<byte> Begin(
        IBufferWriter<byte> output, in RequestTexts texts, ReadOnlySpan<int> ids, IReadOnlyList<int> stopIds,
        ReadOnlySpan<byte> json)
    {
        texts.Measure(out RequestTextSizes sizes);
        if (stopIds.Count > WireLimits.MaxStopIds)
        {
            throw Core.Failures.Refusal.InvalidRequest("stop_token_ids",
                $"stop_token_ids has {stopIds.Count} ids; at most {WireLimits.MaxStopIds} are possible.");
        }

        long sections = 4L * (ids.Length + stopIds.Count) + sizes.Total + json.Length;
        Span<byte> frame = FrameStart.Begin(output, FrameType.Request, 0, FrameLayout.Request.Size, sections);
        sizes.Write(frame);
        Field.Put(frame, FrameLayout.Request.StopIdCount, (ushort)stopIds.Count);
        Field.Put(frame, FrameLayout.Request.IdCount, (uint)ids.Length);
        Field.Put(frame, FrameLayout.Request.JsonBytes, (uint)json.Length);
        Span<byte> rest = frame[FrameLayout.Request.Size..];
        FrameStart.Numbers(ref rest, ids);
        for (int i = 0; i < stopIds.Count; i++)
        {
            Field.Put(rest, 0, stopIds[i]);
            rest = rest[4..];
        }

        texts.Write(ref rest);
        FrameStart.Bytes(ref rest, json);
        return frame;
    }

    private static void Kind(Span<byte> frame, uint handle, RequestKind kind, PromptForm prompt, RequestBits options)
    {
        Field.Put(frame, FrameLayout.Request.Handle, handle);
        frame[FrameLayout.Request.Kind] = (byte)kind;
        frame[FrameLayout.Request.Prompt] = (byte)prompt;
        Field.Put(frame, FrameLayout.Request.Options, (ushort)options);
    }

    private static void Numbers(Span<byte> frame, SamplingOptions sampling)
    {
        Given(frame, GivenFields.MaxTokens, FrameLayout.Request.MaxTokens, sampling.MaxTokens);
        Given(frame, GivenFields.MinTokens, FrameLayout.Request.MinTokens, sampling.MinTokens);
        Given(frame, GivenFields.TopK, FrameLayout.Request.TopK, sampling.TopK);
        Given(frame, GivenFields.Seed, FrameLayout.Request.Seed, sampling.Seed);
        Given(frame, GivenFields.Logprobs, FrameLayout.Request.Logprobs, sampling.Logprobs);
        Given(frame, GivenFields.Temperature, FrameLayout.Request.Temperature, sampling.Temperature);
        Given(frame, GivenFields.TopP, FrameLayout.Request.TopP, sampling.TopP);
        Given(frame, GivenFields.MinP, FrameLayout.Request.MinP, sampling.MinP);
        Given(frame, GivenFields.FrequencyPenalty, FrameLayout.Request.FrequencyPenalty, sampling.FrequencyPenalty);
        Given(frame, GivenFields.PresencePenalty, FrameLayout.Request.PresencePenalty, sampling.PresencePenalty);
        Given(frame, GivenFields.RepetitionPenalty, FrameLayout.Request.RepetitionPenalty, sampling.RepetitionPenalty);
    }

    private static void Given(Span<byte> frame, GivenFields bit, int offset, int? value)
    {
        if (value is { } given)
        {
            Field.Put(frame, FrameLayout.Request.Given, Field.U32(frame, FrameLayout.Request.Given) | (uint)bit);
            Field.Put(frame, offset, given);
        }
    }

    private static void Given(Span<byte> frame, GivenFields bit, int offset, double? value)
    {
        if (value is { } given)
        {
            Field.Put(frame, FrameLayout.Request.Given, Field.U32(frame, FrameLayout.Request.Given) | (uint)bit);
            Field.Put(frame, offset, given);
        }
    }
}
