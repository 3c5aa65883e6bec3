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

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken)
    {
        var call = new CallOptions(HttpRoutes.Embeddings)
        {
            RequestId = request.RequestId,
            TraceParent = request.TraceParent,
            Connect = request.Deadlines.Connect,
        };
        return InTimeAsync(call, request.Deadlines.Total ?? options.CallTimeout,
            ending => EmbedPartsAsync(request, call, ending), cancellationToken);
    }

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken)
    {
        var call = new CallOptions(HttpRoutes.Tokenize);
        return InTimeAsync(call, options.CallTimeout,
            ending => AskAsync(call, TokenizeBody.Of(request), TokenizeParser.ParseTokens, ending), cancellationToken);
    }

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken)
    {
        if (request.SkipSpecialTokens)
        {
            throw Refusal.Unsupported(caller.Backend, "skip_special_tokens",
                "The server's /detokenize always writes special tokens. Leave them out of the ids.");
        }

        var call = new CallOptions(HttpRoutes.Detokenize);
        return InTimeAsync(call, options.CallTimeout,
            ending => AskAsync(call, TokenizeBody.Of(request), TokenizeParser.ParseText, ending), cancellationToken);
    }

    private async Task<EmbeddingResult> EmbedPartsAsync(
        EmbeddingRequest request, CallOptions call, CancellationToken cancellationToken)
    {
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
            : await AskAsync(call, EmbeddingBody.Of(request, inputs, options.Server),
                utf8 => EmbeddingParser.Parse(utf8, inputs.Length, request.Model), cancellationToken)
                .ConfigureAwait(false);
    }

    private async Task<TResult> AskAsync<TResult>(
        CallOptions call, PooledBuffer body, Parser<TResult> parse, CancellationToken cancellationToken)
    {
        FailureContext context = caller.ContextOf(call);
        using HttpResponseMessage response =
            await caller.PostAsync(call, body, cancellationToken).ConfigureAwait(false);
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using PooledBuffer answer = await PlainAnswer
            .ReadBodyAsync(stream, FailureStage.Prefill, context, BridgeFailure.LimitExceeded, cancellationToken)
            .ConfigureAwait(false);
        try
        {
            return parse(answer.Written.Span);
        }
        catch (JsonException e)
        {
            throw HttpFailureMapper.Violation(
                $"The server's answer to {call.Route} is not what was expected.", FailureStage.Prefill, context, e);
        }
    }

    // One budget, however many requests a call needs.
    private async Task<TResult> InTimeAsync<TResult>(
        CallOptions call, TimeSpan limit, Func<CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(limit, caller.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            return await work(ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFailureMapper.Expired("total", limit, FailureStage.Prefill, caller.ContextOf(call));
        }
    }
}
