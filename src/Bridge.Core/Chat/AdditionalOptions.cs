using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Chat;

/// <summary>
/// The names in <see cref="ChatOptions.AdditionalProperties"/> that the bridge understands: <c>min_p</c>,
/// <c>repetition_penalty</c>, <c>min_tokens</c>, <c>ignore_eos</c>, <c>stop_token_ids</c>, <c>logit_bias</c>,
/// <c>adapter</c>, <c>priority</c>, <c>tenant</c>, <c>request_id</c>, <c>regex</c>, <c>choice</c>, <c>grammar</c>.
/// Values are of the option's own type, or the same as a <see cref="JsonElement"/>.
/// </summary>
public static class AdditionalOptions
{
    internal static InferenceRequest Apply(InferenceRequest request, AdditionalPropertiesDictionary properties)
    {
        foreach ((string name, object? value) in properties)
        {
            if (value is not null)
            {
                request = Apply(request, name, value);
            }
        }

        return request;
    }

    private static InferenceRequest Apply(InferenceRequest request, string name, object value)
    {
        SamplingOptions sampling = request.Sampling;
        return name switch
        {
            "min_p" => request with { Sampling = sampling with { MinP = Number(name, value) } },
            "repetition_penalty" =>
                request with { Sampling = sampling with { RepetitionPenalty = Number(name, value) } },
            "min_tokens" => request with { Sampling = sampling with { MinTokens = Integer(name, value) } },
            "ignore_eos" => request with { Sampling = sampling with { IgnoreEos = Flag(name, value) } },
            "stop_token_ids" => request with { Sampling = sampling with { StopTokenIds = Integers(name, value) } },
            "logit_bias" => request with { Sampling = sampling with { LogitBias = Bias(name, value) } },
            "adapter" => request with { Adapter = Text(name, value) },
            "priority" => request with { Priority = Integer(name, value) },
            "tenant" => request with { Tenant = Text(name, value) },
            "request_id" => request with { RequestId = Text(name, value) },
            "regex" => Structured(request, name, StructuredOutput.Regex(Text(name, value))),
            "choice" => Structured(request, name, StructuredOutput.OneOf(Texts(name, value))),
            "grammar" => Structured(request, name, StructuredOutput.Grammar(Text(name, value))),
            _ => throw new BridgeException(BridgeFailure.UnsupportedOption, FailureStage.Admit,
                $"AdditionalProperties holds '{name}', which the bridge does not know. Remove it; the known names are "
                + "documented on ThemisBridge.Core.Chat.AdditionalOptions.")
            { Parameter = name },
        };
    }

    private static InferenceRequest Structured(InferenceRequest request, string name, StructuredOutput output) =>
        request.StructuredOutput is null
            ? request with { StructuredOutput = output }
            : throw Refusal.InvalidRequest(name, $"'{name}' is a second form for the output. Give only one.");

    private static double Number(string name, object value) => value switch
    {
        double or float or int or long or decimal => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        JsonElement { ValueKind: JsonValueKind.Number } element => element.GetDouble(),
        _ => throw WrongType(name, value, "a number"),
    };

    private static int Integer(string name, object value) => value switch
    {
        int number => number,
        long number and >= int.MinValue and <= int.MaxValue => (int)number,
        JsonElement { ValueKind: JsonValueKind.Number } element when element.TryGetInt32(out int number) => number,
        _ => throw WrongType(name, value, "a 32-bit integer"),
    };

    private static bool Flag(string name, object value) => value switch
    {
        bool flag => flag,
        JsonElement { ValueKind: JsonValueKind.True or JsonValueKind.False } element => element.GetBoolean(),
        _ => throw WrongType(name, value, "true or false"),
    };

    private static string Text(string name, object value) => value switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        _ => throw WrongType(name, value, "a string"),
    };

    private static List<int> Integers(string name, object value) => value switch
    {
        IEnumerable<int> numbers => [.. numbers],
        JsonElement { ValueKind: JsonValueKind.Array } array =>
            [.. array.EnumerateArray().Select(item => Integer(name, item))],
        _ => throw WrongType(name, value, "a list of integers"),
    };

    private static List<string> Texts(string name, object value) => value switch
    {
        IEnumerable<string> texts => [.. texts],
        JsonElement { ValueKind: JsonValueKind.Array } array =>
            [.. array.EnumerateArray().Select(item => Text(name, item))],
        _ => throw WrongType(name, value, "a list of strings"),
    };

    private static IReadOnlyDictionary<int, float> Bias(string name, object value)
    {
        switch (value)
        {
            case IReadOnlyDictionary<int, float> bias:
                return bias;
            case JsonElement { ValueKind: JsonValueKind.Object } json:
                var result = new Dictionary<int, float>();
                foreach (JsonProperty entry in json.EnumerateObject())
                {
                    result[int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                        ? id
                        : throw WrongType(name, value, "an object from token ids to numbers")] =
                        (float)Number(name, entry.Value);
                }

                return result;
            default:
                throw WrongType(name, value,
                    "an IReadOnlyDictionary<int, float> or a JSON object from token ids to numbers");
        }
    }

    private static BridgeException WrongType(string name, object value, string expected) =>
        Refusal.InvalidRequest(name,
            $"AdditionalProperties['{name}'] is a {value.GetType().Name}; expected {expected}.");
}
