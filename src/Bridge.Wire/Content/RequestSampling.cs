using System.Diagnostics.CodeAnalysis;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Content;

/// <summary>The sampling options of a generation.</summary>
internal static class RequestSampling
{
    public static FrameFault? Read(in RequestFrame frame, RequestTail tail, [NotNull] out SamplingOptions? sampling)
    {
        sampling = SamplingOptions.Unset;
        Dictionary<int, float>? bias = null;
        if (tail.LogitBias is not null && !TryReadBias(tail.LogitBias, out bias))
        {
            return FrameFault.Content("logit_bias", "logit_bias is no list of pairs of different token ids and numbers.");
        }

        sampling = new SamplingOptions
        {
            MaxTokens = frame.Int(GivenFields.MaxTokens, FrameLayout.Request.MaxTokens),
            MinTokens = frame.Int(GivenFields.MinTokens, FrameLayout.Request.MinTokens),
            Temperature = frame.Double(GivenFields.Temperature, FrameLayout.Request.Temperature),
            TopP = frame.Double(GivenFields.TopP, FrameLayout.Request.TopP),
            TopK = frame.Int(GivenFields.TopK, FrameLayout.Request.TopK),
            MinP = frame.Double(GivenFields.MinP, FrameLayout.Request.MinP),
            Seed = frame.Int(GivenFields.Seed, FrameLayout.Request.Seed),
            FrequencyPenalty = frame.Double(GivenFields.FrequencyPenalty, FrameLayout.Request.FrequencyPenalty),
            PresencePenalty = frame.Double(GivenFields.PresencePenalty, FrameLayout.Request.PresencePenalty),
            RepetitionPenalty = frame.Double(GivenFields.RepetitionPenalty, FrameLayout.Request.RepetitionPenalty),
            LogitBias = bias,
            Stop = tail.Stop ?? [],
            StopTokenIds = frame.StopIds.IsEmpty ? [] : frame.StopIds.ToArray(),
            IncludeStopInOutput = frame.Has(RequestBits.IncludeStop),
            IgnoreEos = frame.Has(RequestBits.IgnoreEos),
            SkipSpecialTokens = !frame.Has(RequestBits.KeepSpecialTokens),
            Logprobs = frame.Int(GivenFields.Logprobs, FrameLayout.Request.Logprobs),
        };
        return null;
    }

    private static bool TryReadBias(IReadOnlyList<double[]> pairs, out Dictionary<int, float> bias)
    {
        bias = new Dictionary<int, float>(pairs.Count);
        foreach (double[] pair in pairs)
        {
            if (pair.Length != 2 || pair[0] != Math.Floor(pair[0]) || pair[0] is < 0 or > int.MaxValue
                || !bias.TryAdd((int)pair[0], (float)pair[1]))
            {
                return false;
            }
        }

        return true;
    }
}
