using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Bench.Http;

/// <summary>The completion that is measured: 512 ids in, 100 ids and their text out, not streamed.</summary>
internal static class Completion
{
    private const int PromptTokens = 512;
    private const int AnswerTokens = 100;

    /// <summary>The step between neighbouring ids: it spreads them over a vocabulary of 128k.</summary>
    private const int IdStep = 251;

    /// <summary>What is asked.</summary>
    public static InferenceRequest Request { get; } = new()
    {
        Model = "org/some-model-8b-instruct",
        Prompt = new TokenPrompt(Enumerable.Range(0, PromptTokens).Select(index => index * IdStep).ToArray()),
        Sampling = new SamplingOptions { MaxTokens = AnswerTokens, Temperature = 0 },
        Output = OutputParts.Text | OutputParts.TokenIds,
        Stream = false,
    };

    /// <summary>What the completion endpoint of vLLM 0.32 would answer.</summary>
    public static byte[] Answer { get; } = JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = "cmpl-b630fa2f45885ce4",
        @object = "text_completion",
        created = 1_700_000_000,
        model = Request.Model,
        choices = new[]
        {
            new
            {
                index = 0,
                text = string.Concat(Enumerable.Repeat(" word", AnswerTokens)),
                logprobs = (object?)null,
                finish_reason = "length",
                stop_reason = (object?)null,
                token_ids = Enumerable.Range(0, AnswerTokens).Select(index => index * IdStep),
                prompt_logprobs = (object?)null,
                prompt_token_ids = (object?)null,
                routed_experts = (object?)null,
            },
        },
        service_tier = (object?)null,
        system_fingerprint = "vllm-0.32.0-3bae1277",
        usage = new
        {
            prompt_tokens = PromptTokens,
            total_tokens = PromptTokens + AnswerTokens,
            completion_tokens = AnswerTokens,
            prompt_tokens_details = (object?)null,
            completion_tokens_details = (object?)null,
        },
        kv_transfer_params = (object?)null,
        ec_transfer_params = (object?)null,
        metrics = (object?)null,
    });

    /// <summary>Asks, and reads the answer to its end.</summary>
    /// <param name="backend">Whom.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="IOException">The answer is not whole.</exception>
    public static async ValueTask RunAsync(IInferenceBackend backend, CancellationToken cancellationToken)
    {
        var tokens = 0;
        await foreach (var chunk in backend.GenerateAsync(Request, cancellationToken))
            tokens += chunk.TokenIds.Length;
        if (tokens != AnswerTokens)
            throw new IOException($"the answer has {tokens} ids instead of {AnswerTokens}");
    }

    /// <summary>How many bytes the transport makes of the request.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    public static async Task<int> MeasureRequestAsync(CancellationToken cancellationToken)
    {
        using var network = new CannedNetwork(Answer, "application/json");
        await using var opened = OpenedBackend.Create("http://localhost", network);
        await RunAsync(opened.Backend, cancellationToken);
        return network.RequestBytes;
    }
}
