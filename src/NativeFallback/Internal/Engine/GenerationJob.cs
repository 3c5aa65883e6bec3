using System.Numerics;
using System.Runtime.InteropServices;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Prompts;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>One generation on the decode thread: the prompt in pieces, then token by token.</summary>
internal sealed class GenerationJob : DecodeJob
{
    private readonly GenerationPlan _plan;
    private readonly Vocabulary _vocabulary;
    private readonly TextPipeline? _text;
    private readonly int[] _bannedAtFirst;

    private LlamaContext? _context;
    private SamplerChain? _sampler;
    private int _sequence;
    private int _position;
    private int _lastToken;
    private int _generated;

    public GenerationJob(GenerationPlan plan, Vocabulary vocabulary)
    {
        _plan = plan;
        _vocabulary = vocabulary;
        _text = plan.NeedsText ? new TextPipeline(vocabulary, plan.Sampling) : null;
        _bannedAtFirst = plan.Sampling.MinTokens > 0 ? [.. vocabulary.EndIds, .. plan.Sampling.StopTokenIds] : [];
    }

    /// <summary>Where the output goes.</summary>
    public Outbox Outbox { get; } = new();

    /// <summary>What was checked before.</summary>
    public GenerationPlan Plan => _plan;

    public override FailureStage Stage => _generated == 0 ? FailureStage.Prefill : FailureStage.Stream;

    protected override bool IsReady => Outbox.HasRoom;

    public override bool Step(ContextPool contexts)
    {
        if (_context is null)
        {
            _context = contexts.For(_plan.Adapter);
            _sequence = _context.Rent();
            _sampler = new SamplerChain(_plan, _vocabulary.Count, contexts.Limits.ContextTokens);
        }

        return _position < _plan.Prompt.Length
            ? StepPrompt(_context, contexts.Limits.BatchTokens)
            : StepToken(_context);
    }

    public override void Fail(Exception failure) => Outbox.Fail(failure);

    protected override void Release()
    {
        _sampler?.Dispose();
        _context?.Return(_sequence);
        _plan.Adapter?.Release();
    }

    private bool StepPrompt(LlamaContext context, int batchTokens)
    {
        int count = Math.Min(batchTokens, _plan.Prompt.Length - _position);
        bool isLast = _position + count == _plan.Prompt.Length;
        Decode(context, _plan.Prompt.Span.Slice(_position, count), wantsOutput: isLast);
        return !isLast || Choose(context);
    }

    private bool StepToken(LlamaContext context)
    {
        Decode(context, new ReadOnlySpan<int>(in _lastToken), wantsOutput: true);
        return Choose(context);
    }

    private void Decode(LlamaContext context, ReadOnlySpan<int> tokens, bool wantsOutput)
    {
        int result = context.Decode(tokens, _position, _sequence, wantsOutput);
        if (result != 0)
        {
            throw Failed(
                $"llama.cpp could not decode (result {result}). Ask again; if it stays so, load the model anew.");
        }

        _position += tokens.Length;
    }

    private bool Choose(LlamaContext context)
    {
        Span<float> logits = context.Logits(_vocabulary.Count);
        if (!AreNumbers(logits))
        {
            throw Failed(
                "The model computed values that are no numbers. Its weights are damaged: compare the file's digest.");
        }

        LogprobReader? probabilities = _plan.Sampling.Logprobs is { } top ? new LogprobReader(logits, top) : null;
        if (_generated < _plan.Sampling.MinTokens)
        {
            foreach (int id in _bannedAtFirst)
            {
                logits[id] = float.NegativeInfinity;
            }
        }

        _lastToken = context.Sample(_sampler!);
        _generated++;
        return Emit(probabilities?.Of(_lastToken, logits[_lastToken], _vocabulary));
    }

    private bool Emit(TokenLogprob? logprob)
    {
        SamplingOptions sampling = _plan.Sampling;
        bool mayEnd = _generated > sampling.MinTokens;
        bool isEnd = !sampling.IgnoreEos && _vocabulary.IsEnd(_lastToken) && mayEnd;
        bool isStop = !isEnd && mayEnd && sampling.StopTokenIds.Contains(_lastToken);
        bool isFull = _generated == _plan.MaxTokens;
        if (_text is not null)
        {
            // The end token never has text; a stop token has it where stop strings have it too, as in vLLM.
            bool hasText = !isEnd && (!isStop || sampling.IncludeStopInOutput);
            _text.Append(hasText ? _lastToken : null, mayEnd, isEnd || isStop || isFull);
        }

        bool stops = isEnd || isStop || _text?.Matched is not null;
        GenerationEnd? end = stops || isFull ? End(stops ? FinishReason.Stop : FinishReason.Length, isStop) : null;
        bool wantsText = (_plan.Output & OutputParts.Text) != 0;
        Outbox.Add(_lastToken, wantsText ? _text!.Ready : default, logprob, end);
        return end is null;
    }

    private GenerationEnd End(FinishReason reason, bool isStop) =>
        new(reason, new TokenUsage(_plan.Prompt.Length, 0, _generated))
        {
            StopString = _text?.Matched,
            StopTokenId = isStop ? _lastToken : null,
        };

    private BridgeException Failed(string message) => new(BridgeFailure.EngineFailed, Stage, message);

    // Sorting NaN is undefined in the samplers, so it must not reach them. Minus infinity is ordinary: a banned token.
    private static bool AreNumbers(ReadOnlySpan<float> values)
    {
        Vector<float> largest = new(float.MaxValue);
        int whole = values.Length - values.Length % Vector<float>.Count;
        foreach (Vector<float> part in MemoryMarshal.Cast<float, Vector<float>>(values[..whole]))
        {
            if (!Vector.LessThanOrEqualAll(part, largest))
            {
                return false;
            }
        }

        foreach (float value in values[whole..])
        {
            if (!(value <= float.MaxValue))
            {
                return false;
            }
        }

        return values.Length > 0;
    }
}
