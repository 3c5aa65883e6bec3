using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http;

/// <summary>An OpenAI-compatible server over HTTP/1.1. First-token, idle and total budgets are the router's; the
/// connect budget, and deadlines of everything that is no generation, are kept here.</summary>
internal sealed class HttpBackend : IInferenceBackend
{
    private readonly HttpCaller _caller;
    private readonly HttpBackendOptions _options;
    private readonly HttpDialect _dialect;
    private readonly HttpDiscovery _discovery;
    private readonly HttpCalls _calls;
    private readonly ILogger _logger;

    public HttpBackend(HttpEndpoint endpoint, HttpClient client, TimeProvider time, ILogger logger)
    {
        _caller = new HttpCaller(endpoint, client, time);
        _options = endpoint.Options;
        _dialect = new HttpDialect(endpoint.Options.Server);
        _logger = logger;
        _discovery = new HttpDiscovery(endpoint, _caller, logger);
        _calls = new HttpCalls(_caller, _options, _dialect);
    }

    public BackendDescriptor Descriptor => _discovery.Descriptor;

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Refuse(RequiredFeatures.Of(request));
        CallOptions call = CallOf(request);
        int? maxTokens = await _discovery.LimitTokensAsync(request, cancellationToken).ConfigureAwait(false);
        using HttpResponseMessage response = await _caller
            .PostAsync(call, RequestBody.ForGeneration(request, maxTokens, _dialect), cancellationToken)
            .ConfigureAwait(false);
        var assembler = new AnswerAssembler(request, _caller.ContextOf(call));
        ResponseKind kind = ResponseKinds.Of(response, assembler);
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        if (kind == ResponseKind.Json)
        {
            yield return await PlainAnswer.ReadAsync(body, assembler, cancellationToken).ConfigureAwait(false);
            yield break;
        }

        using var stream = new GenerationStream(
            response, body, ResponseKinds.IsDelimited(response), assembler, _options.MaxEventBytes, _caller.Time);
        while (await stream.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return stream.Current;
        }
    }

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        Refuse(RequiredFeatures.Of(request));
        return _calls.EmbedAsync(request, cancellationToken);
    }

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default)
    {
        Refuse(BackendFeatures.Tokenize);
        return _calls.TokenizeAsync(request, cancellationToken);
    }

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default)
    {
        Refuse(BackendFeatures.Tokenize);
        return _calls.DetokenizeAsync(request, cancellationToken);
    }

    public async Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default)
    {
        using var budget = new CancellationTokenSource(_options.ProbeTimeout, _caller.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            return await _discovery.ProbeAsync(ending.Token).ConfigureAwait(false);
        }
        catch (BridgeException e)
        {
            _logger.CallFailed(_caller.Backend, HttpRoutes.Health, e.Stage.ToString(), e.Failure.ToString(), e.Message);
            return new BackendHealth(false, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new BackendHealth(false, $"No answer within {_options.ProbeTimeout.TotalSeconds:0.###} s.");
        }
    }

    private static CallOptions CallOf(InferenceRequest request) =>
        new(request.Prompt is ChatPrompt ? HttpRoutes.Chat : HttpRoutes.Completions)
        {
            RequestId = request.RequestId,
            TraceParent = request.TraceParent,
            Connect = request.Deadlines.Connect,
            HasAdapter = request.Adapter is not null,
        };

    private void Refuse(BackendFeatures required)
    {
        BackendFeatures offered = Descriptor.Capabilities.Features;
        if ((required & ~offered) != 0)
        {
            string missing = RequiredFeatures.Missing(required, offered);
            throw Refusal.Unsupported(_caller.Backend, missing,
                $"The server cannot honour {missing}. Leave it out, or route the request to another engine.");
        }
    }
}
