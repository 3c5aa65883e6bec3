using Microsoft.Extensions.AI;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Telemetry;

namespace ThemisBridge.Core.Chat;

/// <summary>
/// The bridge as Microsoft.Extensions.AI's embedding generator. Safe for use from many threads. Does not own the
/// backend.
/// </summary>
public sealed class BridgeEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly IInferenceBackend _backend;
    private readonly TimeProvider _time;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Creates a generator.</summary>
    /// <param name="backend">Who answers; usually the <see cref="IThemisBridge"/>.</param>
    /// <param name="defaultModel">The model of callers that name none, or null to refuse them.</param>
    /// <param name="time">The clock of <c>CreatedAt</c>; null for the system's.</param>
    public BridgeEmbeddingGenerator(IInferenceBackend backend, string? defaultModel, TimeProvider? time = null)
    {
        _backend = backend;
        _time = time ?? TimeProvider.System;
        _metadata = new EmbeddingGeneratorMetadata(TelemetryNames.Provider, providerUri: null, defaultModel);
    }

    /// <inheritdoc />
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.RawRepresentationFactory is not null || options?.AdditionalProperties is { Count: > 0 })
        {
            throw new BridgeException(BridgeFailure.UnsupportedOption, FailureStage.Admit,
                "EmbeddingGenerationOptions.RawRepresentationFactory and AdditionalProperties cannot be honoured. Leave them out.");
        }

        var inputs = values.Select(Prompt (value) => new TextPrompt(value)).ToList();
        if (inputs.Count == 0)
        {
            return [];
        }

        EmbeddingResult result = await _backend.EmbedAsync(new EmbeddingRequest
        {
            Model = options?.ModelId ?? _metadata.DefaultModelId
                ?? throw Refusal.InvalidRequest("model", "The options name no model, and there is no default model."),
            Inputs = inputs,
            Dimensions = options?.Dimensions,
        }, cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = _time.GetUtcNow();
        return new GeneratedEmbeddings<Embedding<float>>(result.Vectors.Select(vector =>
            new Embedding<float>(vector) { ModelId = result.Model, CreatedAt = now }))
        {
            Usage = ChatAnswerMapper.Usage(result.Usage),
        };
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
        {
            return null;
        }

        return serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_backend) ? _backend
            : null;
    }

    /// <summary>Does nothing: the generator owns nothing.</summary>
    public void Dispose()
    {
    }
}
