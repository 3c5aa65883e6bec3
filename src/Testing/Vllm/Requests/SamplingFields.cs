using System.Globalization;
using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>The sampling options of a request as they were spelt; checked by <see cref="SamplingRules"/>.</summary>
internal sealed record SamplingFields
{
    private const int MostStops = 4;

    public long Count { get; init; } = 1;

    public long? MaxTokens { get; init; }

    public long MinTokens { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public long? TopK { get; init; }

    public double? MinP { get; init; }

    public long? Seed { get; init; }

    public double? FrequencyPenalty { get; init; }

    public double? PresencePenalty { get; init; }

    public double? RepetitionPenalty { get; init; }

    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    public IReadOnlyList<int>? AllowedIds { get; init; }

    public IReadOnlyList<string> BadWords { get; init; } = [];

    public IReadOnlyList<string> Stop { get; init; } = [];

    public IReadOnlyList<int> StopIds { get; init; } = [];

    public bool IncludeStop { get; init; }

    public bool IgnoreEos { get; init; }

    public bool SkipSpecial { get; init; } = true;

    public RepetitionRule? Repetition { get; init; }

    public int Interval { get; init; } = 1;

    /// <summary>Reads them from the body of <c>/v1</c> or from <c>sampling_params</c>.</summary>
    /// <param name="fields">The object.</param>
    /// <param name="maxTokensName">How the limit is spelt.</param>
    public static SamplingFields Read(FieldReader fields, string maxTokensName = "max_tokens")
    {
        var read = new SamplingFields
        {
            MaxTokens = fields.Integer(maxTokensName),
            Count = fields.Integer("n") ?? 1,
            MinTokens = fields.Integer("min_tokens") ?? 0,
            Temperature = fields.Number("temperature"),
            TopP = fields.Number("top_p"),
            TopK = fields.Integer("top_k"),
            MinP = fields.Number("min_p"),
            Seed = fields.Integer("seed"),
            FrequencyPenalty = fields.Number("frequency_penalty"),
            PresencePenalty = fields.Number("presence_penalty"),
            RepetitionPenalty = fields.Number("repetition_penalty"),
            Stop = fields.Texts("stop", MostStops),
            StopIds = fields.Ids("stop_token_ids"),
            IncludeStop = fields.Flag("include_stop_str_in_output"),
            IgnoreEos = fields.Flag("ignore_eos"),
            SkipSpecial = fields.Get("skip_special_tokens") is not { ValueKind: JsonValueKind.False },
            LogitBias = ReadBias(fields),
            AllowedIds = fields.Get("allowed_token_ids") is null ? null : fields.Ids("allowed_token_ids"),
            BadWords = fields.Texts("bad_words", int.MaxValue),
            Interval = (int)Math.Clamp(fields.Integer("stream_interval") ?? 1, 1, int.MaxValue),
        };
        return fields.Get("repetition_detection") is { ValueKind: JsonValueKind.Object } rule
            ? read with { Repetition = ReadRule(new FieldReader(rule, fields.Path, fields.Faults)) }
            : read;
    }

    /// <summary>The options for the backend.</summary>
    /// <param name="maxTokens">How many tokens fit, at most those asked for.</param>
    /// <param name="sequence">The number of the sequence; each has a seed of its own.</param>
    public SamplingOptions ToOptions(int maxTokens, int sequence) => new()
    {
        MaxTokens = maxTokens,
        MinTokens = MinTokens == 0 ? null : (int)MinTokens,
        Temperature = Temperature,
        TopP = TopP,
        TopK = TopK is null ? null : (int)Math.Max(0, TopK.Value),
        MinP = MinP,
        Seed = Seed is null ? null : (int)((Seed.Value + sequence) & int.MaxValue),
        FrequencyPenalty = FrequencyPenalty,
        PresencePenalty = PresencePenalty,
        RepetitionPenalty = RepetitionPenalty,
        LogitBias = LogitBias.Count == 0 ? null : LogitBias,
        Stop = Stop,
        StopTokenIds = StopIds,
        IncludeStopInOutput = IncludeStop,
        IgnoreEos = IgnoreEos,
        SkipSpecialTokens = SkipSpecial,
    };

    private static RepetitionRule ReadRule(FieldReader rule) => new(
        (int)(rule.Integer("max_pattern_size") ?? 0), (int)Math.Max(2, rule.Integer("min_count") ?? 2));

    private static Dictionary<int, float> ReadBias(FieldReader fields)
    {
        var bias = new Dictionary<int, float>();
        foreach (JsonProperty one in fields.Get("logit_bias") is { ValueKind: JsonValueKind.Object } map
            ? map.EnumerateObject() : default)
        {
            if (int.TryParse(one.Name, CultureInfo.InvariantCulture, out int id)
                && one.Value.ValueKind == JsonValueKind.Number)
            {
                bias[id] = Math.Clamp(one.Value.GetSingle(), -100, 100);
            }
        }

        return bias;
    }
}
