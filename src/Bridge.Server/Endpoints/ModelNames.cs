using Microsoft.Extensions.Options;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server.Endpoints;

/// <summary>
/// The names that callers may put into <c>model</c>: models, and configured adapters, which are asked for by name as
/// with
/// vLLM. A model wins over an adapter of the same name.
/// </summary>
internal sealed class ModelNames(IThemisBridge bridge, IOptions<BridgeOptions> options, TimeProvider time)
{
    private readonly Dictionary<string, string> _modelsByAdapter = options.Value.Adapters
        .SelectMany(model => model.Value.Keys.Select(adapter => (adapter, model: model.Key)))
        .GroupBy(pair => pair.adapter, pair => pair.model, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

    /// <summary>When the names came into being, in seconds since 1970.</summary>
    public long Created { get; } = time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Every model, then every adapter with its model.</summary>
    public IEnumerable<(string Name, string? Parent)> All => bridge.Models.Select(model => (model, (string?)null))
        .Concat(_modelsByAdapter.Select(pair => (pair.Key, (string?)pair.Value)));

    /// <summary>The request with an adapter's name taken apart into model and adapter.</summary>
    public OpenAiRequest Resolve(OpenAiRequest request)
    {
        InferenceRequest inference = request.Inference;
        return bridge.Models.Contains(inference.Model)
            || !_modelsByAdapter.TryGetValue(inference.Model, out string? model)
            ? request
            : request with { Inference = inference with { Model = model, Adapter = inference.Model } };
    }
}
