using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>
/// Turns the prompts of a call into ids with the backend's vocabulary and checks them against the context, before a
/// byte of the answer is sent. A backend that does not tokenize is given its prompts as they came.
/// </summary>
internal sealed class CallPreparer(VllmServer server)
{
    private const int CompletionLimit = 16;

    private const float Most = 100;

    /// <exception cref="VllmError">A prompt is too long, or an id is out of the vocabulary.</exception>
    public async Task<GenerationCall> PrepareAsync(GenerationCall call, CancellationToken cancellationToken)
    {
        int? context = await server.ContextAsync(cancellationToken);
        if (call.Kind != CallKind.Tokens && !server.IsRust && call.Sampling.MaxTokens > context)
        {
            throw VllmError.BadValue($"max_tokens={call.Sampling.MaxTokens} cannot be greater than max_model_len="
                + $"{context}. Please request fewer output tokens.", "max_tokens", $"{call.Sampling.MaxTokens}");
        }

        var prompts = new CallPrompt[call.Prompts.Count];
        for (int i = 0; i < prompts.Length; i++)
        {
            prompts[i] = await PrepareAsync(call, call.Prompts[i], context, cancellationToken);
        }

        SamplingFields sampling = call.Sampling with { LogitBias = await BiasAsync(call, cancellationToken) };
        return call with { Prompts = prompts, Sampling = sampling };
    }

    private async Task<CallPrompt> PrepareAsync(
        GenerationCall call, CallPrompt prompt, int? context, CancellationToken cancellationToken)
    {
        int[]? ids = prompt.Ids ?? await TokenizeAsync(call, prompt, cancellationToken);
        if (ids is not null && call.Truncate is { } most && most >= 0 && ids.Length > most)
        {
            ids = ids[^most..];
        }

        CheckVocabulary(ids ?? []);
        if (ids?.Length > context)
        {
            throw TooLong(call, prompt, ids.Length, context.Value);
        }

        string? text = prompt.Text ?? (call.Echoes && ids is not null ? await BackendErrors.CallAsync(() =>
            server.Backend.DetokenizeAsync(new DetokenizeRequest { Model = server.BackendModel, TokenIds = ids },
                cancellationToken)) : null);
        int? fallback = call.Kind == CallKind.Completion ? CompletionLimit : null;
        // A prompt is scored with one token that nobody sees.
        SamplingFields sampling = call is { Echoes: true, Sampling.MaxTokens: 0 }
            ? call.Sampling with { MaxTokens = 1 } : call.Sampling;
        return prompt with
        {
            Text = text,
            Ids = ids,
            Limit = SamplingRules.LimitOf(sampling, context - ids?.Length, fallback),
            Cached = ids is null ? 0 : server.Blocks.Use(ids, $"{call.Adapter}/{call.Salt}"),
        };
    }

    private async Task<int[]?> TokenizeAsync(
        GenerationCall call, CallPrompt prompt, CancellationToken cancellationToken)
    {
        if (!server.Offers(BackendFeatures.Tokenize | BackendFeatures.TokenPrompt) || prompt.Chat?.Tools.Count > 0)
        {
            return null;
        }

        TokenizeResult result = await BackendErrors.CallAsync(() => server.Backend.TokenizeAsync(
            new TokenizeRequest
            {
                Model = server.BackendModel,
                Prompt = prompt.ToPrompt(),
                AddSpecialTokens = call.AddsSpecial,
            },
            cancellationToken));
        return result.TokenIds.ToArray();
    }

    private void CheckVocabulary(int[] ids)
    {
        int unknown = server.Options.VocabularySize is { } size ? Array.FindIndex(ids, id => id >= size) : -1;
        if (unknown >= 0)
        {
            throw VllmError.BadRequest(server.IsRust
                ? $"token_id(s) [{ids[unknown]}] in prompt are out of vocabulary. Vocabulary size: "
                    + $"{server.Options.VocabularySize}"
                : $"Token id {ids[unknown]} is out of vocabulary");
        }
    }

    // A text is tokenized only up to the first token that is too much, so its length is a lower bound.
    private VllmError TooLong(GenerationCall call, CallPrompt prompt, int length, int context)
    {
        if (server.IsRust)
        {
            return VllmError.BadRequest($"this model's maximum context length is {context} tokens, but the prompt "
                + $"contains {length} input tokens");
        }

        if (call.Kind == CallKind.Tokens)
        {
            return VllmError.BadRequest($"The decoder prompt (length {length}) is longer than the maximum model length "
                + $"of {context}. Make sure that `max_model_len` is no smaller than the number of text tokens.");
        }

        return ContextError(context, prompt.Ids is null ? context + 1 : length, isLowerBound: prompt.Ids is null);
    }

    /// <summary>What every route but the token endpoint says of an input that is too long.</summary>
    public static VllmError ContextError(int context, int length, bool isLowerBound) => VllmError.BadValue(
        $"This model's maximum context length is {context} tokens. However, your prompt contains "
        + $"{(isLowerBound ? "at least " : "")}{length} input tokens, which exceeds this limit even without any output "
        + "tokens. Please reduce the length of the input prompt.", "input_tokens", $"{length}");

    // The contract has neither allowed nor bad tokens; a bias of a hundred makes them certain or impossible.
    private async Task<IReadOnlyDictionary<int, float>> BiasAsync(
        GenerationCall call, CancellationToken cancellationToken)
    {
        if (call.Sampling.AllowedIds is null && call.Sampling.BadWords.Count == 0)
        {
            return call.Sampling.LogitBias;
        }

        var bias = new Dictionary<int, float>(call.Sampling.LogitBias);
        foreach (int allowed in call.Sampling.AllowedIds ?? [])
        {
            bias[allowed] = Most;
        }

        foreach (string word in call.Sampling.BadWords.SelectMany(word => new[] { word, " " + word }))
        {
            TokenizeResult result = await server.Backend.TokenizeAsync(
                new TokenizeRequest
                {
                    Model = server.BackendModel,
                    Prompt = new TextPrompt(word),
                    AddSpecialTokens = false,
                },
                cancellationToken);
            bias[result.TokenIds.Span[^1]] = result.TokenIds.Length == 1
                ? -Most
                : throw VllmError.BadRequest($"The double forbids words of one token; '{word}' has more.", "bad_words");
        }

        return bias;
    }
}
