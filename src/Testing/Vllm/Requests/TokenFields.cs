using System.Text.Json;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Reads what only the token endpoint has.</summary>
internal static class TokenFields
{
    public static CallPrompt ReadPrompt(FieldReader body)
    {
        const string At = "body.token_ids";
        if (body.Get("token_ids") is not { ValueKind: JsonValueKind.Array } list)
        {
            body.Faults.AddMissing(At, body.Element);
            return new CallPrompt { Ids = [] };
        }

        IReadOnlyList<int> ids = body.Ids("token_ids");
        if (ids.Count == 0)
        {
            body.Faults.Add("too_short", At, "List should have at least 1 item after validation, not 0", list,
                "{'field_type': 'List', 'min_length': 1, 'actual_length': 0}");
        }

        if (ids.Any(id => id < 0))
        {
            const string Error = "token_ids must not contain negative values";
            body.Faults.Add("value_error", At, $"Value error, {Error}", list, $"{{'error': ValueError('{Error}')}}");
        }

        return new CallPrompt { Ids = [.. ids] };
    }

    /// <summary>The sampling parameters; null when they are missing.</summary>
    public static FieldReader? ReadSampling(FieldReader body)
    {
        const string At = "body.sampling_params";
        if (body.Get("sampling_params") is not { ValueKind: JsonValueKind.Object } parameters)
        {
            body.Faults.AddMissing(At, body.Element);
            return null;
        }

        // A union: told once as no instance of the class, then member by member.
        var trial = new SchemaFaults();
        _ = SamplingFields.Read(new FieldReader(parameters, At, trial));
        if (trial.HasAny)
        {
            body.Faults.Add("is_instance_of", At, "Input should be an instance of SamplingParams", parameters,
                "{'class': 'SamplingParams'}");
        }

        return new FieldReader(parameters, At, body.Faults);
    }

    public static void CheckText(FieldReader body, FieldReader? parameters, bool wantsText)
    {
        if (wantsText && parameters?.Get("detokenize") is { ValueKind: JsonValueKind.False })
        {
            const string Error = "output_mode='text' requires sampling_params.detokenize to be true";
            body.Faults.Add("value_error", "body", $"Value error, {Error}", body.Element,
                $"{{'error': ValueError(\"{Error}\")}}");
        }
    }
}
