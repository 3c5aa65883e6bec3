using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>
/// The probabilities of a prompt's own tokens, which the contract does not have: each token is made the only possible
/// one behind those before it, and its probability read, which engines tell as it was before the bias.
/// </summary>
internal sealed class PromptScorer(VllmServer server, GenerationCall call)
{
    private const int Top = 20;
    private const BackendFeatures Needed = BackendFeatures.TokenPrompt | BackendFeatures.LogitBias
        | BackendFeatures.Logprobs | BackendFeatures.Tokenize;

    /// <summary>One entry per token, null for the first.</summary>
    /// <exception cref="VllmError">The backend cannot do it, or failed.</exception>
    public async Task ScoreAsync(Sequence sequence, CancellationToken cancellationToken)
    {
        if (!server.Offers(Needed) || sequence.Prompt.Ids is not { } ids)
        {
            throw VllmError.BadRequest("The backend behind this double cannot tell prompt_logprobs.");
        }

        var scores = new TokenLogprob?[ids.Length];
        try
        {
            for (int i = 1; i < ids.Length; i++)
            {
                scores[i] = await ScoreAsync(ids, i, cancellationToken);
            }

            sequence.FirstPromptToken = await server.Backend.DetokenizeAsync(
                new DetokenizeRequest { Model = server.BackendModel, TokenIds = ids.AsMemory(0, 1) },
                cancellationToken);
        }
        catch (BridgeException e)
        {
            throw BackendErrors.Translate(e);
        }

        sequence.PromptScores = scores;
    }

    private async Task<TokenLogprob> ScoreAsync(int[] ids, int index, CancellationToken cancellationToken)
    {
        var request = new InferenceRequest
        {
            Model = server.BackendModel,
            Prompt = new TokenPrompt(ids.AsMemory(0, index)),
            Adapter = call.Adapter,
            Output = OutputParts.TokenIds,
            Sampling = SamplingDefaults.Resolve(
                new SamplingOptions
                {
                    MaxTokens = 1,
                    Temperature = 0,
                    Logprobs = Top,
                    LogitBias = new Dictionary<int, float> { [ids[index]] = 100 },
                },
                model: null),
        };
        await foreach (InferenceChunk chunk in server.Backend.GenerateAsync(request, cancellationToken))
        {
            if (chunk.Logprobs is [var entry, ..] && entry.TokenId == ids[index])
            {
                return entry;
            }
        }

        throw VllmError.BadRequest("The backend behind this double did not follow a bias and cannot tell "
            + "prompt_logprobs.");
    }
}
