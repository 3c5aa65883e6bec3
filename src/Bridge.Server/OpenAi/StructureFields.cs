using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Reads OpenAI's <c>response_format</c> and vLLM's <c>structured_outputs</c>.</summary>
internal static class StructureFields
{
    public static StructuredOutput? ResponseFormat(Field format)
    {
        string? type = null;
        StructuredOutput? schema = null;
        foreach (Field member in format.Members())
        {
            switch (member.Key)
            {
                case "type":
                    type = member.Text();
                    break;
                case "json_schema":
                    schema = JsonSchema(member);
                    break;
                default:
                    throw member.Unknown();
            }
        }

        return type switch
        {
            "text" => null,
            "json_object" => StructuredOutput.AnyJsonObject,
            "json_schema" => schema
                ?? throw Refusal.InvalidRequest($"{format.Name}.json_schema", $"{format.Name}.json_schema is missing."),
            null => throw Refusal.InvalidRequest($"{format.Name}.type", $"{format.Name}.type is missing."),
            _ => throw Refusal.InvalidRequest($"{format.Name}.type",
                $"{format.Name}.type is \"{type}\"; it must be text, json_object or json_schema."),
        };
    }

    public static StructuredOutput StructuredOutputs(Field field)
    {
        StructuredOutput? result = null;
        foreach (Field member in field.Members())
        {
            StructuredOutput one = member.Key switch
            {
                "json" => StructuredOutput.JsonSchema(SchemaText(member)),
                "regex" => StructuredOutput.Regex(member.Text()),
                "choice" => StructuredOutput.OneOf([.. member.Items().Select(item => item.Text())]),
                "grammar" => StructuredOutput.Grammar(member.Text()),
                "json_object" when member.Flag() => StructuredOutput.AnyJsonObject,
                _ => throw member.Unknown(),
            };
            result = result is null
                ? one
                : throw Refusal.InvalidRequest(field.Name, $"{field.Name} has more than one form. Give exactly one.");
        }

        return result ?? throw Refusal.InvalidRequest(field.Name, $"{field.Name} is empty. Give exactly one form.");
    }

    private static StructuredOutput JsonSchema(Field field)
    {
        string? name = null;
        string? schema = null;
        foreach (Field member in field.Members())
        {
            switch (member.Key)
            {
                case "name":
                    name = member.Text();
                    break;
                case "schema":
                    schema = SchemaText(member);
                    break;
                case "strict":
                    // An engine with grammars follows the schema exactly in either case.
                    _ = member.Flag();
                    break;
                case "description":
                    _ = member.Text();
                    break;
                default:
                    throw member.Unknown();
            }
        }

        return StructuredOutput.JsonSchema(schema
            ?? throw Refusal.InvalidRequest($"{field.Name}.schema", $"{field.Name}.schema is missing.")) with
        { Name = name };
    }

    // vLLM takes the schema as an object or as a string that holds one.
    private static string SchemaText(Field field) => field.Value.ValueKind == System.Text.Json.JsonValueKind.String
        ? field.Text()
        : field.Value.GetRawText();
}
