using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Failures;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http;

/// <summary>The calls that are no generation, each with a deadline of its own.</summary>
internal sealed class HttpCalls(HttpCaller caller, HttpBackendOptions options)
{
    private delegate TResult Parser<out TResult>(ReadOnlySpan<byte> utf8);

    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken)
    {
        var call = new CallOptions(HttpRoutes.Embeddings)
        {
            RequestId = request.RequestId,
            TraceParent = request.TraceParent,
            Connect = request.Deadlines.Connect,
        };
        TimeSpan limit = request.Deadlines.Total ?? options.CallTimeout;
        Prompt[] texts = [.. request.Inputs.Where(input => input is TextPrompt)];
        Prompt[] tokens = [.. request.Inputs.Where(input => input is TokenPrompt)];
        // One request holds texts or ids, never both.
        EmbeddingResult? ofTexts = await EmbedPartAsync(texts).ConfigureAwait(false);
        EmbeddingResult? ofTokens = await EmbedPartAsync(tokens).ConfigureAwait(false);
        if (ofTexts is null || ofTokens is null)
        {
            return ofTexts ?? ofTokens ?? throw Refusal.InvalidRequest("input", "input is empty.");
        }

        int text = 0;
        int token = 0;
        return ofTexts with
        {
            Vectors = [.. request.Inputs.Select(
                input => input is TextPrompt ? ofTexts.Vectors[text++] : ofTokens.Vectors[token++])],
            Usage = new TokenUsage(ofTexts.Usage.PromptTokens + ofTokens.Usage.PromptTokens, null, null),
        };

        async Task<EmbeddingResult?> EmbedPartAsync(Prompt[] inputs) => inputs.Length == 0
            ? null
            : await CallAsync(call, EmbeddingBody.Of(request, inputs, options.Server), limit,
                utf8 => EmbeddingParser.Parse(utf8, inputs.Length, request.Model), cancellationToken)
                .ConfigureAwait(false);
    }

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken) =>
        CallAsync(new CallOptions(HttpRoutes.Tokenize), TokenizeBody.Of(request), options.CallTimeout,
            TokenizeParser.ParseTokens, cancellationToken);

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken) =>
        request.SkipSpecialTokens
            ? throw Refusal.Unsupported(caller.Backend, "skip_special_tokens",
                "The server's /detokenize always writes special tokens. Leave them out of the ids.")
            : CallAsync(new CallOptions(HttpRoutes.Detokenize), TokenizeBody.Of(request), options.CallTimeout,
                TokenizeParser.ParseText, cancellationToken);

    private async Task<TResult> CallAsync<TResult>(
        CallOptions call, PooledBuffer body, TimeSpan limit, Parser<TResult> parse, CancellationToken cancellationToken)
    {
        FailureContext context = caller.ContextOf(call);
        using var budget = new CancellationTokenSource(limit, caller.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await caller.PostAsync(call, body, ending.Token).ConfigureAwait(false);
            Stream stream = await response.Content.ReadAsStreamAsync(ending.Token).ConfigureAwait(false);
            using PooledBuffer answer = await PlainAnswer
                .ReadBodyAsync(stream, FailureStage.Prefill, context, ending.Token).ConfigureAwait(false);
            return parse(answer.Written.Span);
        }
        catch (JsonException e)
        {
            throw HttpFailureMapper.Violation(
                $"The server's answer to {call.Route} is not what was expected.", FailureStage.Prefill, context, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFailureMapper.Expired("total", limit, FailureStage.Prefill, context);
        }
    }
}
