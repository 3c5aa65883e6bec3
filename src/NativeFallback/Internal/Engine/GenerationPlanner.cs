using System.Security.Cryptography;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Prompts;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>Checks a request against one model and resolves what it left out. Values are checked here too although the
/// router does so: a backend that is asked directly must not pass NaN into native code.</summary>
internal sealed class GenerationPlanner(ModelLimits limits, Vocabulary vocabulary, PromptEncoder prompts)
{
    /// <summary>The plan for a request.</summary>
    /// <param name="request">The request; its features are known to be offered.</param>
    /// <param name="defaults">The model's values for options left out, or null.</param>
    /// <param name="adapter">The adapter that it names, or null.</param>
    /// <exception cref="BridgeException">It is invalid, or over the context.</exception>
    public GenerationPlan Plan(InferenceRequest request, SamplingOptions? defaults, AdapterEntry? adapter)
    {
        SamplingOptions sampling = SamplingDefaults.Resolve(request.Sampling, defaults);
        CheckRanges(sampling);
        CheckTokens(sampling);
        CheckStops(sampling);
        ReadOnlyMemory<int> prompt = prompts.Encode(request.Prompt, addSpecial: null, limits.ContextTokens - 1);
        return new GenerationPlan
        {
            Prompt = prompt,
            Sampling = sampling,
            MaxTokens = FitIntoContext(prompt.Length, sampling.MaxTokens),
            Seed = sampling.Temperature is 0 ? null : sampling.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            Output = request.Output,
            Adapter = adapter,
        };
    }

    private int FitIntoContext(int promptTokens, int? maxTokens)
    {
        int room = limits.ContextTokens - promptTokens;
        if (room < 1)
        {
            throw PromptEncoder.TooLong($"{promptTokens}", limits.ContextTokens);
        }

        return (maxTokens ?? room) <= room
            ? maxTokens ?? room
            : throw new BridgeException(
                BridgeFailure.ContextLengthExceeded, FailureStage.Admit,
                $"The prompt has {promptTokens} tokens and max_tokens is {maxTokens}, together over the model's context of "
                + $"{limits.ContextTokens}. Lower max_tokens, leave it out, or shorten the prompt.")
            { Parameter = "max_tokens" };
    }

    private static void CheckRanges(SamplingOptions sampling)
    {
        Require(sampling.MaxTokens is null or >= 1, "max_tokens", "at least 1");
        Require(sampling.MinTokens >= 0 && !(sampling.MinTokens > sampling.MaxTokens), "min_tokens",
            "from 0 to max_tokens");
        Require(sampling.Temperature is >= 0 and <= 2, "temperature", "from 0 to 2");
        Require(sampling.TopP is > 0 and <= 1, "top_p", "above 0 and at most 1");
        Require(sampling.TopK >= -1, "top_k", "at least 1, or 0 or -1 for all");
        Require(sampling.MinP is >= 0 and <= 1, "min_p", "from 0 to 1");
        Require(sampling.FrequencyPenalty is >= -2 and <= 2, "frequency_penalty", "from -2 to 2");
        Require(sampling.PresencePenalty is >= -2 and <= 2, "presence_penalty", "from -2 to 2");
        Require(sampling.RepetitionPenalty is > 0 and <= 2, "repetition_penalty", "above 0 and at most 2");
        Require(sampling.Seed is null or >= 0, "seed", "from 0 to 2147483647");
        Require(sampling.Logprobs is null or (>= 0 and <= RequestLimits.MaxLogprobs), "logprobs", "from 0 to 20");
    }

    private void CheckTokens(SamplingOptions sampling)
    {
        Require((sampling.LogitBias?.Count ?? 0) <= RequestLimits.MaxLogitBiasEntries, "logit_bias",
            "of at most 1024 entries");
        foreach ((int id, float bias) in sampling.LogitBias ?? new Dictionary<int, float>())
        {
            Require(IsToken(id), "logit_bias", $"of token ids below {vocabulary.Count}");
            Require(bias is >= -100 and <= 100, "logit_bias", "from -100 to 100");
        }

        foreach (int id in sampling.StopTokenIds)
        {
            Require(IsToken(id), "stop_token_ids", $"of token ids below {vocabulary.Count}");
        }
    }

    private static void CheckStops(SamplingOptions sampling)
    {
        Require(sampling.Stop.Count <= RequestLimits.MaxStopStrings, "stop", "of at most 4 strings");
        foreach (string stop in sampling.Stop)
        {
            Require(
                stop.Length <= RequestLimits.MaxStopStringLength && StopStringCutter.IsValid(stop), "stop",
                "of strings that are not empty, whole in UTF-16, and at most 1024 characters long");
        }
    }

    private bool IsToken(int id) => (uint)id < (uint)vocabulary.Count;

    // Written as "must hold" so that NaN, for which nothing holds, is refused.
    private static void Require(bool holds, string parameter, string allowed)
    {
        if (!holds)
        {
            throw Refusal.InvalidRequest(parameter, $"{parameter} must be {allowed}.");
        }
    }
}
