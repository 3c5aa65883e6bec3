using System.Text.Json.Serialization;

namespace ThemisBridge.Cli.Output;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AnswerDocument))]
[JsonSerializable(typeof(FailureDocument))]
internal sealed partial class CliJson : JsonSerializerContext;
