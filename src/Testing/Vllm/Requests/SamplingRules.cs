using System.Globalization;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>The ranges of sampling options, with the messages of each front end.</summary>
internal static class SamplingRules
{
    private const int MostLogprobs = 20;

    // The default of VLLM_MAX_N_SEQUENCES.
    private const int MostSequences = 16_384;

    /// <summary>Checks everything that needs no prompt.</summary>
    /// <exception cref="VllmError">A value is out of its range.</exception>
    public static void Check(SamplingFields fields, int? logprobs, VllmDoubleOptions options)
    {
        CheckCount(fields.Count);
        if (options.Dialect == VllmDialect.Rust)
        {
            CheckRust(fields);
            CheckStop(fields);
            return;
        }

        CheckTemperature(fields.Temperature);
        if (fields.TopP is { } topP && !(topP is > 0 and <= 1))
        {
            string value = NumberText.Python(topP);
            throw VllmError.BadValue($"top_p must be in (0, 1], got {value}.", "top_p", value);
        }

        if (fields.TopK < -1)
        {
            throw VllmError.BadRequest($"top_k must be 0 (disable), or at least 1, got {fields.TopK}.");
        }

        if (logprobs > MostLogprobs)
        {
            throw VllmError.BadValue(
                $"Requested sample logprobs of {logprobs}, which is greater than max allowed: {MostLogprobs}",
                "logprobs", Invariant(logprobs.Value));
        }

        CheckStop(fields);
        if (fields.Count > 1 && fields.Temperature == 0)
        {
            throw VllmError.BadRequest($"n must be 1 when using greedy sampling, got {fields.Count}.");
        }

        CheckBias(fields, options);
    }

    /// <summary>How many tokens may be generated behind a prompt.</summary>
    /// <param name="fields">What was asked for.</param>
    /// <param name="room">What the context leaves; null when the backend alone knows.</param>
    /// <param name="fallback">The route's own limit where none is given; null for all that fits.</param>
    /// <exception cref="VllmError">None fits.</exception>
    public static int LimitOf(SamplingFields fields, int? room, int? fallback)
    {
        long asked = fields.MaxTokens ?? fallback ?? int.MaxValue;
        long limit = Math.Min(asked, room ?? int.MaxValue);
        if (limit < 1)
        {
            throw VllmError.BadValue($"max_tokens must be at least 1, got {limit}.", "max_tokens", Invariant(limit));
        }

        return fields.MinTokens > limit
            ? throw VllmError.BadRequest(
                $"min_tokens must be less than or equal to max_tokens={limit}, got {fields.MinTokens}.")
            : (int)limit;
    }

    private static void CheckCount(long count)
    {
        if (count < 1)
        {
            throw VllmError.BadRequest($"n must be at least 1, got {count}.");
        }

        if (count > MostSequences)
        {
            throw VllmError.BadRequest($"n must be at most {MostSequences}, got {count}. To increase this limit, set "
                + "the VLLM_MAX_N_SEQUENCES environment variable.");
        }
    }

    private static void CheckStop(SamplingFields fields)
    {
        if (fields.Stop.Contains(""))
        {
            throw VllmError.BadRequest("stop cannot contain an empty string.");
        }
    }

    private static void CheckTemperature(double? temperature)
    {
        if (temperature is not { } given)
        {
            return;
        }

        string value = NumberText.Python(given);
        string? fault = !double.IsFinite(given) ? $"temperature must be a finite number, got {value}."
            : given < 0 ? $"temperature must be non-negative, got {value}."
            : given > 2 ? $"temperature must be in [0, 2], got {value}."
            : null;
        if (fault is not null)
        {
            throw VllmError.BadValue(fault, "temperature", value);
        }
    }

    private static void CheckBias(SamplingFields fields, VllmDoubleOptions options)
    {
        int[] unknown = options.VocabularySize is { } size
            ? [.. fields.LogitBias.Keys.Where(id => id < 0 || id >= size)] : [];
        if (unknown.Length > 0)
        {
            string ids = $"[{string.Join(", ", unknown)}]";
            throw VllmError.BadValue($"token_id(s) {ids} in logit_bias contain out-of-vocab token ids. "
                + $"Vocabulary size: {options.VocabularySize}", "logit_bias", ids);
        }
    }

    private static void CheckRust(SamplingFields fields)
    {
        if (fields.Temperature is { } temperature && !(temperature is >= 0 and <= 2))
        {
            throw VllmError.BadRequest($"temperature must be in [0, 2], got {Invariant(temperature)}");
        }
    }

    private static string Invariant(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
