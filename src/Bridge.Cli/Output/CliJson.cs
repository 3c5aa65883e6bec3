using System.Text.Json.Serialization;
using ThemisBridge.Cli.Doctor;

namespace ThemisBridge.Cli.Output;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AnswerDocument))]
[JsonSerializable(typeof(FailureDocument))]
[JsonSerializable(typeof(FindingsDocument))]
internal sealed partial class CliJson : JsonSerializerContext;
