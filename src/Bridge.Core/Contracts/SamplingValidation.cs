using System.Globalization;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Contracts;

/// <summary>The ranges of <see cref="SamplingOptions"/>, as its documentation states them.</summary>
internal static class SamplingValidation
{
    /// <summary>Checks every option that was given.</summary>
    public static void Check(SamplingOptions options)
    {
        AtLeast(options.MaxTokens, 1, "max_tokens");
        AtLeast(options.MinTokens, 0, "min_tokens");
        AtLeast(options.TopK, -1, "top_k");
        AtLeast(options.Seed, 0, "seed");
        Between(options.Temperature, 0, 2, "temperature");
        AboveUpTo(options.TopP, 1, "top_p");
        Between(options.MinP, 0, 1, "min_p");
        Between(options.FrequencyPenalty, -2, 2, "frequency_penalty");
        Between(options.PresencePenalty, -2, 2, "presence_penalty");
        AboveUpTo(options.RepetitionPenalty, 2, "repetition_penalty");
        if (options.MinTokens > options.MaxTokens)
        {
            throw Refusal.InvalidRequest("min_tokens",
                $"min_tokens ({options.MinTokens}) is over max_tokens ({options.MaxTokens}).");
        }

        if (options.Logprobs is < 0 or > RequestLimits.MaxLogprobs)
        {
            throw Refusal.InvalidRequest("logprobs",
                $"logprobs is {options.Logprobs}; it must be 0 to {RequestLimits.MaxLogprobs}.");
        }

        CheckStops(options);
        CheckLogitBias(options.LogitBias);
    }

    private static void CheckStops(SamplingOptions options)
    {
        if (options.Stop.Count > RequestLimits.MaxStopStrings)
        {
            throw Refusal.InvalidRequest("stop",
                $"stop has {options.Stop.Count} strings; at most {RequestLimits.MaxStopStrings} are possible.");
        }

        foreach (string stop in options.Stop)
        {
            if (stop.Length is 0 or > RequestLimits.MaxStopStringLength || LoneSurrogates.IndexIn(stop) >= 0)
            {
                throw Refusal.InvalidRequest("stop",
                    $"A stop string must have 1 to {RequestLimits.MaxStopStringLength} characters of well-formed Unicode.");
            }
        }

        foreach (int id in options.StopTokenIds)
        {
            if (id < 0)
            {
                throw Refusal.InvalidRequest("stop_token_ids", $"stop_token_ids holds {id}; ids are at least 0.");
            }
        }
    }

    private static void CheckLogitBias(IReadOnlyDictionary<int, float>? bias)
    {
        if (bias is null)
        {
            return;
        }

        if (bias.Count > RequestLimits.MaxLogitBiasEntries)
        {
            throw Refusal.InvalidRequest("logit_bias",
                $"logit_bias has {bias.Count} entries; at most {RequestLimits.MaxLogitBiasEntries} are possible.");
        }

        foreach ((int id, float value) in bias)
        {
            if (id < 0 || !(value is >= -100 and <= 100))
            {
                throw Refusal.InvalidRequest("logit_bias", string.Create(CultureInfo.InvariantCulture,
                    $"logit_bias has {value} for token {id}; ids are at least 0 and values -100 to 100."));
            }
        }
    }

    private static void AtLeast(int? value, int least, string name)
    {
        if (value < least)
        {
            throw Refusal.InvalidRequest(name, $"{name} is {value}; it must be at least {least}.");
        }
    }

    // Written so that NaN, which fails every comparison, is refused.
    private static void Between(double? value, double least, double most, string name)
    {
        if (value is { } given && !(given >= least && given <= most))
        {
            throw OutOfRange(name, given, $"{least} to {most}");
        }
    }

    private static void AboveUpTo(double? value, double most, string name)
    {
        if (value is { } given && !(given > 0 && given <= most))
        {
            throw OutOfRange(name, given, $"above 0 and at most {most}");
        }
    }

    private static BridgeException OutOfRange(string name, double value, string range) =>
        Refusal.InvalidRequest(name,
            string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be {range}."));
}
