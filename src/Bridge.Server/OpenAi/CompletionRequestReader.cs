using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Reads the body of <c>/v1/completions</c>.</summary>
internal static class CompletionRequestReader
{
    // OpenAI's default, and vLLM's.
    private const int DefaultMaxTokens = 16;

    public static OpenAiRequest Read(JsonElement body)
    {
        var shared = new GenerationFields { Sampling = new SamplingOptions { MaxTokens = DefaultMaxTokens } };
        Prompt? prompt = null;
        foreach (Field field in new Field("", body).Members())
        {
            switch (field.Name)
            {
                case "prompt":
                    prompt = PromptField.Single(field);
                    break;
                case "logprobs":
                    shared.Sampling = shared.Sampling with { Logprobs = field.Integer() };
                    break;
                case "suffix":
                    field.Require(field.Text().Length == 0, "Text cannot be filled in before a suffix.");
                    break;
                case "add_special_tokens":
                    field.Require(field.Flag(), "Send the prompt as token ids instead.");
                    break;
                default:
                    if (!shared.TryTake(field))
                    {
                        throw field.Unknown();
                    }

                    break;
            }
        }

        shared.CheckStreamOptions();
        return new OpenAiRequest(
            RequestAssembly.Build(shared, prompt ?? throw Refusal.InvalidRequest("prompt", "prompt is missing.")),
            IsChat: false, shared.IncludeUsage);
    }
}
