using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Failures;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http;

/// <summary>
/// What is known of the server: its version, routes, models and their contexts. Health is <c>/health</c> alone; a list
/// of models is no sign of life, and neither promises that a request is admitted.
/// </summary>
internal sealed class HttpDiscovery
{
    private readonly HttpCaller _caller;
    private readonly HttpResources _resources;
    private readonly HttpBackendOptions _options;
    private readonly ILogger _logger;
    private readonly string _basePath;
    private volatile BackendDescriptor _descriptor;
    private volatile ServerFacts? _facts;
    private volatile IReadOnlyList<string> _names = [];

    public HttpDiscovery(HttpEndpoint endpoint, HttpCaller caller, ILogger logger)
    {
        _caller = caller;
        _resources = new HttpResources(caller);
        _options = endpoint.Options;
        _basePath = endpoint.Address.Root.AbsolutePath;
        _logger = logger;
        _descriptor = new BackendDescriptor
        {
            Id = endpoint.Id,
            Kind = "http",
            Address = endpoint.Address.Text,
            Capabilities = new BackendCapabilities { Features = HttpFeatures.Of(_options, null) },
        };
    }

    public BackendDescriptor Descriptor => _descriptor;

    /// <summary>What the server told, or a current server where it has not been asked.</summary>
    public ServerFacts Facts => _facts ?? ServerFacts.Unknown;

    /// <summary>Asks for health.</summary>
    /// <param name="cancellationToken">The probe's deadline.</param>
    /// <exception cref="BridgeException">It is bad, or there is no answer.</exception>
    public async Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _resources.IsHealthyAsync(cancellationToken).ConfigureAwait(false))
            {
                return new BackendHealth(true, "");
            }

            // Every vLLM has both, so their place must be another one.
            return _options.Server == HttpServerKind.Vllm
                ? new BackendHealth(false, $"There is neither /health nor /ping below the base path '{_basePath}'. "
                    + "Correct the path in the engine's address, or set Server to OpenAI for a server without them.")
                : new BackendHealth(true, "The server has no /health; it answered.");
        }
        catch (BridgeException)
        {
            // What comes back may be another version.
            _facts = null;
            throw;
        }
    }

    /// <summary>Takes note of a failed request: after these, another server may stand behind the address, or the same
    /// one with other routes, and it is asked anew.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="route">The route that was asked.</param>
    public void Doubt(BridgeException failure, string route)
    {
        bool isOtherServer = failure.Failure is BridgeFailure.ConnectionFailed or BridgeFailure.ConnectionLost
            or BridgeFailure.ProtocolViolation or BridgeFailure.EngineFailed or BridgeFailure.Draining
            or BridgeFailure.AbortedByEngine;
        if (isOtherServer || (failure.Failure == BridgeFailure.UnsupportedOption && route == HttpRoutes.Generate))
        {
            _facts = null;
        }
    }

    /// <summary>
    /// Asks a healthy server about everything else. What fails here leaves things as they were and says nothing about
    /// health.
    /// </summary>
    /// <param name="health">Its health.</param>
    /// <param name="cancellationToken">The probe's deadline.</param>
    public async Task<BackendHealth> LearnAsync(BackendHealth health, CancellationToken cancellationToken)
    {
        await TryAsync(RefreshFactsAsync, cancellationToken).ConfigureAwait(false);
        await TryAsync(LearnModelsAsync, cancellationToken).ConfigureAwait(false);
        if (HttpDialect.KindOf(_options, Facts) == HttpServerKind.Vllm)
        {
            await TryAsync(LearnLoadAsync, cancellationToken).ConfigureAwait(false);
        }

        return health;

        async Task LearnLoadAsync(CancellationToken ending)
        {
            EngineMetrics metrics = await _resources.ReadMetricsAsync(ending).ConfigureAwait(false);
            health = health with
            {
                Running = metrics.Running,
                Waiting = metrics.Waiting,
                KvCacheUse = metrics.KvCacheUse,
                PrefixHitRate = metrics.PrefixHitRate,
                Adapters = metrics.Adapters,
            };
        }
    }

    /// <summary>
    /// Makes sure that the server is known where a request depends on it: an old vLLM would ignore the present
    /// spelling of structured output, and an unknown salt, silently, and llama-server whatever is vLLM's own.
    /// </summary>
    public async ValueTask EnsureKnownForAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        bool depends = request.StructuredOutput is not null
            || HttpFeatures.MightBeIgnored(RequiredFeatures.Of(request));
        if (depends && _facts is null && _options.Server == HttpServerKind.Vllm)
        {
            await InTimeAsync(LearnFactsAsync, HttpRoutes.Version, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Makes sure that the server knows an adapter. vLLM refuses names that it does not know; a server without a
    /// version may answer them with its base model, so it has to list the adapter.
    /// </summary>
    /// <param name="name">The name under which the server has it, or null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BridgeException">It is not listed.</exception>
    public async ValueTask EnsureListedAsync(string? name, CancellationToken cancellationToken)
    {
        if (name is null || Facts.Version is not null || _options.Server != HttpServerKind.Vllm
            || _names.Contains(name))
        {
            return;
        }

        await InTimeAsync(LearnModelsAsync, HttpRoutes.Models, cancellationToken).ConfigureAwait(false);
        if (!_names.Contains(name))
        {
            throw HttpFailureMapper.Make(BridgeFailure.UnknownAdapter, FailureStage.Admit,
                $"The server tells no version and does not list the adapter '{name}', which it might ignore silently. "
                + "Load the adapter there, or route the request to another engine.",
                _caller.ContextOf(new CallOptions(HttpRoutes.Models)));
        }
    }

    /// <summary>
    /// The token limit to send. Left out, chat gets the rest of the context from the server; <c>/v1/completions</c>
    /// would stop after 16 tokens, so it is sent what is known to fit.
    /// </summary>
    public async ValueTask<int?> LimitTokensAsync(InferenceRequest request, CancellationToken cancellationToken)
    {
        if (request.Sampling.MaxTokens is { } given)
        {
            return given;
        }

        if (request.Prompt is ChatPrompt)
        {
            return null;
        }

        if (ContextOf(request.Model) is null)
        {
            await InTimeAsync(LearnModelsAsync, HttpRoutes.Models, cancellationToken).ConfigureAwait(false);
        }

        if (ContextOf(request.Model) is not { } context)
        {
            throw Refusal.InvalidRequest("max_tokens",
                "The server does not tell how long its context is. Set max_tokens.");
        }

        int prompt = request.Prompt is TokenPrompt tokens ? tokens.TokenIds.Length : 0;
        return prompt < context
            ? context - prompt
            : throw HttpFailureMapper.Make(BridgeFailure.ContextLengthExceeded, FailureStage.Admit,
                $"The prompt has {prompt} tokens and the model's context {context}. Shorten the prompt.",
                _caller.ContextOf(new CallOptions(HttpRoutes.Completions)));
    }

    // A server with one model answers under several names, so a name that is not listed takes the only context.
    private int? ContextOf(string model)
    {
        IReadOnlyList<ModelDescriptor> models = _descriptor.Models;
        return (models.FirstOrDefault(one => one.Name == model) ?? (models.Count == 1 ? models[0] : null))
            ?.MaxContextTokens;
    }

    private async Task InTimeAsync(
        Func<CancellationToken, Task> learn, string route, CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(_options.ProbeTimeout, _caller.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            await learn(ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFailureMapper.Expired("probe", _options.ProbeTimeout, FailureStage.Admit,
                _caller.ContextOf(new CallOptions(route)));
        }
    }

    // One part that fails does not keep the others from being learnt.
    private async Task TryAsync(Func<CancellationToken, Task> learn, CancellationToken cancellationToken)
    {
        try
        {
            await learn(cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException e)
        {
            _logger.CallFailed(_caller.Backend, "discovery", e.Stage.ToString(), e.Failure.ToString(), e.Message);
        }
    }

    // A server can be exchanged between two probes that both find it healthy.
    private async Task RefreshFactsAsync(CancellationToken cancellationToken)
    {
        if (_facts is { } known)
        {
            (Version? version, bool isRust) =
                await _resources.ReadVersionAsync(cancellationToken).ConfigureAwait(false);
            if (version != known.Version || isRust != known.IsRust)
            {
                _facts = null;
            }
        }

        await LearnFactsAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task LearnFactsAsync(CancellationToken cancellationToken)
    {
        if (_facts is not null || _options.Server != HttpServerKind.Vllm)
        {
            return;
        }

        ServerFacts facts = await _resources.ReadFactsAsync(cancellationToken).ConfigureAwait(false);
        _descriptor = _descriptor with
        {
            Capabilities = new BackendCapabilities { Features = HttpFeatures.Of(_options, facts) },
        };
        _facts = facts;
        _logger.ServerKnown(
            _descriptor.Id, facts.Version?.ToString() ?? "unknown", facts.HasTokenEndpoint, facts.HasAbort);
    }

    private async Task LearnModelsAsync(CancellationToken cancellationToken)
    {
        ModelList list = await _resources.ListModelsAsync(cancellationToken).ConfigureAwait(false);
        _names = [.. list.Models.Select(one => one.Name), .. list.Adapters.Select(one => one.Name)];
        if (!_descriptor.Models.SequenceEqual(list.Models))
        {
            _descriptor = _descriptor with { Models = list.Models };
            _logger.ModelsKnown(_descriptor.Id, string.Join(", ", list.Models.Select(model => model.Name)));
        }
    }
}
