using System.Text.Json;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Failures;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http;

/// <summary>
/// Learns what the server is: its models and their contexts. Health is <c>/health</c> alone; a list of models is no
/// sign of life, and neither promises that a request is admitted.
/// </summary>
internal sealed class HttpDiscovery
{
    private readonly HttpCaller _caller;
    private readonly HttpBackendOptions _options;
    private readonly ILogger _logger;
    private volatile BackendDescriptor _descriptor;

    public HttpDiscovery(HttpEndpoint endpoint, HttpCaller caller, ILogger logger)
    {
        _caller = caller;
        _options = endpoint.Options;
        _logger = logger;
        _descriptor = new BackendDescriptor
        {
            Id = endpoint.Id,
            Kind = "http",
            Address = endpoint.Address.Text,
            Capabilities = new BackendCapabilities { Features = HttpFeatures.Of(endpoint.Options) },
        };
    }

    public BackendDescriptor Descriptor => _descriptor;

    /// <summary>Asks for health, and for the models when it is good.</summary>
    /// <param name="cancellationToken">The probe's deadline.</param>
    public async Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken)
    {
        using (await _caller.GetAsync(new CallOptions(HttpRoutes.Health), cancellationToken).ConfigureAwait(false))
        {
            // 200 is the answer; vLLM sends no body with it.
        }

        await LearnModelsAsync(cancellationToken).ConfigureAwait(false);
        return new BackendHealth(true, "");
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
            await LearnModelsInTimeAsync(cancellationToken).ConfigureAwait(false);
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

    private async Task LearnModelsInTimeAsync(CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(_options.ProbeTimeout, _caller.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            await LearnModelsAsync(ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFailureMapper.Expired("probe", _options.ProbeTimeout, FailureStage.Admit,
                _caller.ContextOf(new CallOptions(HttpRoutes.Models)));
        }
    }

    private async Task LearnModelsAsync(CancellationToken cancellationToken)
    {
        var call = new CallOptions(HttpRoutes.Models);
        FailureContext context = _caller.ContextOf(call);
        using HttpResponseMessage response = await _caller.GetAsync(call, cancellationToken).ConfigureAwait(false);
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using PooledBuffer body = await PlainAnswer
            .ReadBodyAsync(stream, FailureStage.Admit, context, cancellationToken).ConfigureAwait(false);
        try
        {
            Publish(ModelList.Parse(body.Written.Span));
        }
        catch (JsonException e)
        {
            throw HttpFailureMapper.Violation(
                "The server's list of models cannot be read.", FailureStage.Admit, context, e);
        }
    }

    private void Publish(ModelList list)
    {
        if (!_descriptor.Models.SequenceEqual(list.Models))
        {
            _descriptor = _descriptor with { Models = list.Models };
            _logger.ModelsKnown(_descriptor.Id, string.Join(", ", list.Models.Select(model => model.Name)));
        }
    }
}
