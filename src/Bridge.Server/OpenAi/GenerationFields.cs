using System.Globalization;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>
/// The fields that chat and text completions share, in OpenAI's and vLLM's spelling. Filled field by field; an unknown
/// field is refused, since a misspelt option that is ignored is worse than an error.
/// </summary>
internal sealed class GenerationFields
{
    private bool _hasStreamOptions;

    public string? Model { get; private set; }

    public SamplingOptions Sampling { get; set; } = SamplingOptions.Unset;

    public StructuredOutput? StructuredOutput { get; set; }

    public bool Stream { get; private set; }

    public bool IncludeUsage { get; private set; }

    public bool ReturnTokenIds { get; private set; }

    public int Priority { get; private set; }

    public string? Tenant { get; private set; }

    public string? RequestId { get; private set; }

    /// <summary>Takes a field; false when it is none of the shared ones.</summary>
    public bool TryTake(Field field) => TakeSampling(field) || TakeDelivery(field) || TakeHarmless(field);

    private bool TakeSampling(Field field)
    {
        SamplingOptions? taken = field.Name switch
        {
            "max_tokens" or "max_completion_tokens" => Sampling with { MaxTokens = field.Integer() },
            "min_tokens" => Sampling with { MinTokens = field.Integer() },
            "temperature" => Sampling with { Temperature = field.Number() },
            "top_p" => Sampling with { TopP = field.Number() },
            "top_k" => Sampling with { TopK = field.Integer() },
            "min_p" => Sampling with { MinP = field.Number() },
            "seed" => Sampling with { Seed = field.Integer() },
            "frequency_penalty" => Sampling with { FrequencyPenalty = field.Number() },
            "presence_penalty" => Sampling with { PresencePenalty = field.Number() },
            "repetition_penalty" => Sampling with { RepetitionPenalty = field.Number() },
            "logit_bias" => Sampling with { LogitBias = Bias(field) },
            "stop" => Sampling with { Stop = Stops(field) },
            "stop_token_ids" => Sampling with { StopTokenIds = [.. field.Items().Select(item => item.Integer())] },
            "include_stop_str_in_output" => Sampling with { IncludeStopInOutput = field.Flag() },
            "ignore_eos" => Sampling with { IgnoreEos = field.Flag() },
            "skip_special_tokens" => Sampling with { SkipSpecialTokens = field.Flag() },
            _ => null,
        };
        Sampling = taken ?? Sampling;
        return taken is not null;
    }

    private bool TakeDelivery(Field field)
    {
        switch (field.Name)
        {
            case "model":
                Model = field.Text();
                return true;
            case "stream":
                Stream = field.Flag();
                return true;
            case "stream_options":
                TakeStreamOptions(field);
                return true;
            case "return_token_ids":
                ReturnTokenIds = field.Flag();
                return true;
            case "priority":
                Priority = field.Integer();
                return true;
            case "cache_salt":
                Tenant = field.Text();
                return true;
            case "request_id":
                RequestId = field.Text();
                return true;
            case "response_format":
                StructuredOutput = StructureFields.ResponseFormat(field) ?? StructuredOutput;
                return true;
            case "structured_outputs":
                StructuredOutput ??= StructureFields.StructuredOutputs(field);
                return true;
            default:
                return false;
        }
    }

    // Fields that say something about the caller, or ask for what is done anyway.
    private static bool TakeHarmless(Field field)
    {
        switch (field.Name)
        {
            case "user" or "safety_identifier" or "metadata" or "prompt_cache_key":
                return true;
            case "n" or "best_of":
                field.Require(field.Integer() == 1, "One answer per request: send the request again for another.");
                return true;
            case "store" or "echo" or "use_beam_search":
                field.Require(!field.Flag(), "Leave it out or send false.");
                return true;
            case "service_tier":
                field.Require(field.Text() is "auto" or "default", "Leave it out or send \"auto\".");
                return true;
            case "spaces_between_special_tokens":
                field.Require(field.Flag(), "Leave it out or send true.");
                return true;
            default:
                return false;
        }
    }

    private void TakeStreamOptions(Field options)
    {
        _hasStreamOptions = true;
        foreach (Field option in options.Members())
        {
            switch (option.Key)
            {
                case "include_usage":
                    IncludeUsage = option.Flag();
                    break;
                case "include_obfuscation" or "continuous_usage_stats":
                    option.Require(!option.Flag(), "Leave it out or send false.");
                    break;
                default:
                    throw option.Unknown();
            }
        }
    }

    /// <summary>What says how a stream is written must not stand in a plain request.</summary>
    public void CheckStreamOptions()
    {
        if (_hasStreamOptions && !Stream)
        {
            throw Refusal.InvalidRequest("stream_options", "stream_options is allowed only when stream is true.");
        }
    }

    private static List<string> Stops(Field field) => field.Value.ValueKind == System.Text.Json.JsonValueKind.String
        ? [field.Text()]
        : [.. field.Items().Select(item => item.Text())];

    private static Dictionary<int, float> Bias(Field field)
    {
        var bias = new Dictionary<int, float>();
        foreach (Field entry in field.Members())
        {
            bias[int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                ? id
                : throw field.WrongType("an object from token ids to numbers")] = (float)entry.Number();
        }

        return bias;
    }
}
