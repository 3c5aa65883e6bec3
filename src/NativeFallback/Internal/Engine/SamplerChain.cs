using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>
/// The samplers of one request, in vLLM's order: bias, penalties, temperature, then the cuts. Top-k comes before the
/// temperature, which cannot change it, so that what follows has less to do.
/// </summary>
internal sealed class SamplerChain : IDisposable
{
    private readonly LlamaSamplerHandle _chain;

    /// <summary>Builds the chain.</summary>
    /// <param name="plan">The request, its options resolved.</param>
    /// <param name="vocabularyCount">The size of the vocabulary.</param>
    /// <param name="contextTokens">How many tokens a penalty remembers: all there can be.</param>
    public SamplerChain(GenerationPlan plan, int vocabularyCount, int contextTokens)
    {
        _chain = new LlamaSamplerHandle(LlamaApi.SamplerChainInit(new LlamaChainParams(NoTimes: 1)));
        SamplingOptions options = plan.Sampling;
        AddBias(options.LogitBias, vocabularyCount);
        AddPenalties(plan, vocabularyCount, contextTokens);
        if (plan.Seed is not { } seed)
        {
            Add(LlamaApi.SamplerGreedy());
            return;
        }

        if (options.TopK is > 0)
        {
            Add(LlamaApi.SamplerTopK(options.TopK.Value));
        }

        Add(LlamaApi.SamplerTemperature((float)options.Temperature!.Value));
        if (options.MinP is > 0)
        {
            Add(LlamaApi.SamplerMinP((float)options.MinP.Value, 1));
        }

        if (options.TopP is < 1)
        {
            Add(LlamaApi.SamplerTopP((float)options.TopP.Value, 1));
        }

        Add(LlamaApi.SamplerDistribution((uint)seed));
    }

    /// <summary>Chooses the next token from a context's last output, and remembers it.</summary>
    public int Sample(LlamaContextHandle context) => LlamaApi.SamplerSample(_chain, context, -1);

    public void Dispose() => _chain.Dispose();

    private unsafe void AddBias(IReadOnlyDictionary<int, float>? bias, int vocabularyCount)
    {
        if (bias is { Count: > 0 })
        {
            LlamaLogitBias[] entries = [.. bias.Select(entry => new LlamaLogitBias(entry.Key, entry.Value))];
            fixed (LlamaLogitBias* first = entries)
            {
                Add(LlamaApi.SamplerLogitBias(vocabularyCount, entries.Length, first));
            }
        }
    }

    // Repetition counts prompt and output, frequency and presence the output alone: two samplers, of which one is told
    // of the prompt before it joins the chain.
    private void AddPenalties(GenerationPlan plan, int vocabularyCount, int contextTokens)
    {
        SamplingOptions options = plan.Sampling;
        if (options.RepetitionPenalty is { } repetition and not 1)
        {
            nint sampler = Penalties(vocabularyCount, contextTokens, (float)repetition, 0, 0);
            foreach (int id in plan.Prompt.Span)
            {
                LlamaApi.SamplerAccept(sampler, id);
            }

            Add(sampler);
        }

        if (options.FrequencyPenalty is not 0 || options.PresencePenalty is not 0)
        {
            Add(Penalties(
                vocabularyCount, contextTokens, 1, (float)options.FrequencyPenalty!.Value,
                (float)options.PresencePenalty!.Value));
        }
    }

    private static nint Penalties(
        int vocabularyCount, int contextTokens, float repetition, float frequency, float presence) =>
        LlamaLibrary.Current.Features.PenaltiesTakeVocabulary
            ? LlamaApi.SamplerPenalties(vocabularyCount, contextTokens, repetition, frequency, presence)
            : LlamaApi.SamplerPenaltiesBefore(contextTokens, repetition, frequency, presence);

    private void Add(nint sampler) => LlamaApi.SamplerChainAdd(_chain, sampler);
}
