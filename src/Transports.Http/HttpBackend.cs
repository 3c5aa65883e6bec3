using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Adapters;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http;

/// <summary>An OpenAI-compatible server over HTTP/1.1. First-token, idle and total budgets are the router's; the
/// connect budget, and deadlines of everything that is no generation, are kept here.</summary>
internal sealed class HttpBackend : IInferenceBackend, IAdapterHost
{
    private readonly HttpCaller _caller;
    private readonly HttpBackendOptions _options;
    private readonly HttpDiscovery _discovery;
    private readonly HttpCalls _calls;
    private readonly HttpAbort _abort;
    private readonly HttpAdapters _adapters;
    private readonly ILogger _logger;

    /// <param name="endpoint">Where and how.</param>
    /// <param name="kept">Sends on kept connections.</param>
    /// <param name="fresh">Sends on new ones.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public HttpBackend(
        HttpEndpoint endpoint, HttpMessageInvoker kept, HttpMessageInvoker fresh, TimeProvider time, ILogger logger)
    {
        _caller = new HttpCaller(endpoint, kept, fresh, time, logger);
        _options = endpoint.Options;
        _logger = logger;
        _discovery = new HttpDiscovery(endpoint, _caller, logger);
        _calls = new HttpCalls(_caller, _options);
        _abort = new HttpAbort(_caller, logger);
        _adapters = new HttpAdapters(_caller, _options, logger);
    }

    public BackendDescriptor Descriptor => _discovery.Descriptor;

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await _discovery.EnsureKnownForAsync(request, cancellationToken).ConfigureAwait(false);
        Refuse(RequiredFeatures.Of(request));
        ServerFacts facts = _discovery.Facts;
        RefuseForeign(request, facts);
        CallOptions call = CallOf(request, facts);
        HttpAdapter? adapter = _adapters.Use(request.Model, request.Adapter);
        var assembler = new AnswerAssembler(request, _caller.ContextOf(call));
        try
        {
            using HttpResponseMessage response =
                await SendAsync(call, request, adapter, facts, assembler, cancellationToken).ConfigureAwait(false);
            using GenerationStream? stream =
                await OpenAsync(response, assembler, cancellationToken).ConfigureAwait(false);
            if (stream is null)
            {
                yield return await ReadWholeAsync(response, assembler, cancellationToken).ConfigureAwait(false);
                yield break;
            }

            while (true)
            {
                try
                {
                    if (!await stream.MoveNextAsync(cancellationToken).ConfigureAwait(false))
                    {
                        break;
                    }
                }
                catch (BridgeException e)
                {
                    _discovery.Doubt(e, call.Route);
                    throw;
                }

                yield return stream.Current;
            }
        }
        finally
        {
            adapter?.Release();
            if (!assembler.IsOver && facts.HasAbort)
            {
                _abort.Start(call, assembler.EngineRequestId);
            }
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

    public Task LoadAdapterAsync(AdapterSource source, CancellationToken cancellationToken = default) =>
        _adapters.LoadAsync(source, cancellationToken);

    public Task<bool> UnloadAdapterAsync(string model, string name, CancellationToken cancellationToken = default) =>
        _adapters.UnloadAsync(model, name, cancellationToken);

    public Task<IReadOnlyList<AdapterSource>> ListAdaptersAsync(
        string model, CancellationToken cancellationToken = default) =>
        _adapters.ListAsync(model, cancellationToken);

    public async Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default)
    {
        using var budget = new CancellationTokenSource(_options.ProbeTimeout, _caller.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        BackendHealth? health = null;
        try
        {
            health = await _discovery.ProbeAsync(ending.Token).ConfigureAwait(false);
            return health.IsHealthy
                ? await _discovery.LearnAsync(health, ending.Token).ConfigureAwait(false)
                : health;
        }
        catch (BridgeException e)
        {
            _logger.CallFailed(_caller.Backend, HttpRoutes.Health, e.Stage.ToString(), e.Failure.ToString(), e.Message);
            return new BackendHealth(false, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return health
                ?? new BackendHealth(false, $"No answer within {_options.ProbeTimeout.TotalSeconds:0.###} s.");
        }
    }

    // Ids in and ids out need no text anywhere, where the server has the route for it. That route knows no older
    // spelling of structured output.
    private string RouteOf(InferenceRequest request, ServerFacts facts) => request.Prompt switch
    {
        ChatPrompt => HttpRoutes.Chat,
        TokenPrompt when (request.Output & OutputParts.Text) == 0 && facts.HasTokenEndpoint
            && (request.StructuredOutput is null || HttpDialect.Of(_options, facts).HasStructuredOutputs) =>
            HttpRoutes.Generate,
        _ => HttpRoutes.Completions,
    };

    private async Task<HttpResponseMessage> SendAsync(
        CallOptions call, InferenceRequest request, HttpAdapter? adapter, ServerFacts facts, AnswerAssembler assembler,
        CancellationToken cancellationToken)
    {
        InferenceRequest served = adapter is null ? request : request with { Adapter = adapter.ServedName };
        int loads = adapter?.Loads ?? 0;
        bool isSent = false;
        try
        {
            PooledBuffer body;
            try
            {
                await _discovery.EnsureListedAsync(served.Adapter, cancellationToken).ConfigureAwait(false);
                body = await WriteAsync(call, served, facts, cancellationToken).ConfigureAwait(false);
                isSent = true;
                return await _caller.PostAsync(call, body, cancellationToken).ConfigureAwait(false);
            }
            catch (BridgeException e) when (e.Failure == BridgeFailure.UnknownAdapter && adapter is { IsOurs: true })
            {
                // The server came back without what had been loaded: once more, and once only.
                await _adapters.LoadAgainAsync(adapter, loads, cancellationToken).ConfigureAwait(false);
                body = await WriteAsync(call, served, facts, cancellationToken).ConfigureAwait(false);
                isSent = true;
                return await _caller.PostAsync(call, body, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is BridgeException || !isSent)
        {
            // What was refused, or reached nobody, leaves nothing behind in the engine.
            assembler.MarkOver();
            if (isSent)
            {
                _discovery.Doubt((BridgeException)e, call.Route);
            }

            throw;
        }
    }

    private async Task<InferenceChunk> ReadWholeAsync(
        HttpResponseMessage response, AnswerAssembler assembler, CancellationToken cancellationToken)
    {
        try
        {
            return await PlainAnswer.ReadAsync(response, assembler, cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException e)
        {
            _discovery.Doubt(e, assembler.Context.Route);
            throw;
        }
    }

    private async ValueTask<PooledBuffer> WriteAsync(
        CallOptions call, InferenceRequest request, ServerFacts facts, CancellationToken cancellationToken)
    {
        var dialect = HttpDialect.Of(_options, facts);
        if (call.Route == HttpRoutes.Generate)
        {
            return TokenRequestBody.ForGeneration(request, dialect);
        }

        int? maxTokens = await _discovery.LimitTokensAsync(request, cancellationToken).ConfigureAwait(false);
        return RequestBody.ForGeneration(request, maxTokens, dialect);
    }

    private async ValueTask<GenerationStream?> OpenAsync(
        HttpResponseMessage response, AnswerAssembler assembler, CancellationToken cancellationToken)
    {
        if (ResponseKinds.Of(response, assembler) == ResponseKind.Json)
        {
            return null;
        }

        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return new GenerationStream(
            response, body, ResponseKinds.IsDelimited(response), assembler, _options.MaxEventBytes, _caller.Time);
    }

    private CallOptions CallOf(InferenceRequest request, ServerFacts facts) =>
        new(RouteOf(request, facts))
        {
            RequestId = request.RequestId,
            TraceParent = request.TraceParent,
            Connect = request.Deadlines.Connect,
            HasAdapter = request.Adapter is not null,
        };

    // No feature of its own stands for these two, which OpenAI's server does not know.
    private void RefuseForeign(InferenceRequest request, ServerFacts facts)
    {
        if (HttpDialect.KindOf(_options, facts) != HttpServerKind.OpenAI || request.Prompt is not ChatPrompt chat)
        {
            return;
        }

        string? foreign = !chat.AddGenerationPrompt ? "add_generation_prompt"
            : chat.Messages.Any(message => message.Reasoning is not null) ? "reasoning" : null;
        if (foreign is not null)
        {
            throw Refusal.Unsupported(_caller.Backend, foreign,
                $"An OpenAI server has no {foreign}. Leave it out, or route the request to another engine.");
        }
    }

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
