using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Puts the read fields together.</summary>
internal static class RequestAssembly
{
    public static InferenceRequest Build(GenerationFields fields, Prompt prompt) => new()
    {
        Model = fields.Model ?? throw Refusal.InvalidRequest("model", "model is missing."),
        Prompt = prompt,
        Sampling = fields.Sampling,
        StructuredOutput = fields.StructuredOutput,
        Stream = fields.Stream,
        Output = OutputParts.Text
            | (fields.ReturnTokenIds ? OutputParts.TokenIds | OutputParts.PromptTokenIds : OutputParts.None),
        Priority = fields.Priority,
        Tenant = fields.Tenant,
        RequestId = fields.RequestId,
    };
}
