using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm;

/// <summary>What the routes of a double share.</summary>
/// <param name="backend">What answers.</param>
/// <param name="options">The flags.</param>
internal sealed class VllmServer(IInferenceBackend backend, VllmDoubleOptions options) : IDisposable
{
    public IInferenceBackend Backend => backend;

    public VllmDoubleOptions Options => options;

    public VllmLife Life { get; } = new();

    public Admission Admission { get; } = new(options.MaxRunning, options.MaxUnfinished);

    public AdapterNames Adapters { get; } = new(options.Adapters);

    public PrefixBlocks Blocks { get; } = new();

    public Counters Counters { get; } = new();

    public AbortTable Aborts { get; } = new();

    /// <summary>The model's name at the backend.</summary>
    public string BackendModel => FirstModel?.Name ?? Model;

    /// <summary>What the backend tells of its first model, the one that is served.</summary>
    public ModelDescriptor? FirstModel => backend.Descriptor.Models is [var first, ..] ? first : null;

    /// <summary>The served name.</summary>
    public string Model { get; } = options.ServedModelName
        ?? (backend.Descriptor.Models is [var first, ..] ? first.Name : "model");

    public bool IsRust => options.Dialect == VllmDialect.Rust;

    public bool Offers(BackendFeatures feature) => (backend.Descriptor.Capabilities.Features & feature) == feature;

    /// <summary>The served context in tokens; null when neither flags nor backend tell.</summary>
    public async ValueTask<int?> ContextAsync(CancellationToken cancellationToken)
    {
        if (options.MaxModelLength is { } given)
        {
            return given;
        }

        ModelDescriptor? model = FirstModel;
        if (model?.MaxContextTokens is null && Offers(BackendFeatures.Tokenize))
        {
            // A backend that loads its model on demand knows more afterwards.
            TokenizeResult result = await backend.TokenizeAsync(
                new TokenizeRequest { Model = BackendModel, Prompt = new TextPrompt("a") }, cancellationToken);
            return result.MaxModelLength;
        }

        return model?.MaxContextTokens;
    }

    /// <summary>The adapter that a request's model means; null for the base model, which a missing name means
    /// too.</summary>
    /// <exception cref="VllmError">404: there is no such model.</exception>
    public string? AdapterOf(string? model)
    {
        if (model is null || model == Model)
        {
            return null;
        }

        return Adapters.Has(model)
            ? model
            : throw (IsRust
                ? VllmError.NotFound($"The model `{model}` does not exist.", "model", "model_not_found")
                : VllmError.NotFound($"The model `{model}` does not exist. Valid aliases: {Model}.", "model"));
    }

    public void Dispose()
    {
        Life.Dispose();
        Admission.Dispose();
    }
}
