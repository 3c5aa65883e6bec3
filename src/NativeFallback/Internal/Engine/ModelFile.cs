using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Gguf;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>Checks files before llama.cpp sees them. What it would abort the process over must be refused
/// here.</summary>
internal static class ModelFile
{
    /// <summary>More layers than any model has: all of them.</summary>
    public const int EveryLayer = 999;

    private const int DefaultContextTokens = 4096;
    private const int MaxThreads = 512;

    /// <summary>The header of a model that can be loaded from one file.</summary>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidModelFile"/>.</exception>
    public static GgufHeader ReadModel(string path)
    {
        GgufHeader header = GgufHeader.Read(path);
        if (header.Architecture is null)
        {
            throw Invalid(path, "it names no architecture", "Use a file that llama.cpp's converter made.");
        }

        if (header.IsAdapter)
        {
            throw Invalid(path, "it is an adapter", "Load it as an adapter of its model.");
        }

        if (header.SplitCount > 1)
        {
            throw Invalid(
                path, $"it is one of the {header.SplitCount} parts of a split model",
                "Merge them with llama-gguf-split --merge.");
        }

        if (header.Tensors.Count == 0)
        {
            throw Invalid(path, "it has no tensors", "Use a file with the model's weights.");
        }

        ModelSanity.Check(header, path);
        // Read here so that a value of a wrong type is refused by name.
        _ = header.ChatTemplate;
        return header;
    }

    /// <summary>Checks an adapter for a model.</summary>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidModelFile"/>.</exception>
    public static void CheckAdapter(string path, string architecture)
    {
        GgufHeader header = GgufHeader.Read(path);
        if (!header.IsAdapter || header.AdapterType != "lora")
        {
            throw Invalid(path, "it is no LoRA adapter",
                "Convert the adapter with llama.cpp's convert_lora_to_gguf.py.");
        }

        if (header.Architecture != architecture)
        {
            throw Invalid(
                path, $"it is for the architecture {header.Architecture ?? "(none)"}, and the model is {architecture}",
                "Use an adapter of this model.");
        }

        // llama.cpp takes an alpha of 0 as "no alpha" and applies the adapter at full strength.
        if (header.LoraAlpha is not { } alpha || !double.IsFinite(alpha) || alpha == 0)
        {
            throw Invalid(path, "its adapter.lora.alpha is missing or 0", "Convert the adapter anew with its alpha.");
        }
    }

    /// <summary>Refuses a source with values that cannot be meant.</summary>
    public static void CheckSource(ModelSource source)
    {
        Require(!string.IsNullOrWhiteSpace(source.Name), "name", "must not be empty");
        Require(!string.IsNullOrWhiteSpace(source.Path), "path", "must name a GGUF file");
        Require(source.Threads is null or (>= 1 and <= MaxThreads), "threads", "must be from 1 to 512");
        Require(source.GpuLayers is null or (>= 0 and <= EveryLayer), "gpu_layers", "must be from 0 to 999");
    }

    /// <summary>The context to give each request.</summary>
    /// <exception cref="BridgeException">The source asks for more than the model was trained for.</exception>
    public static int ContextTokens(ModelSource source, GgufHeader header)
    {
        long own = header.ContextLength ?? DefaultContextTokens;
        long wanted = source.ContextTokens ?? Math.Min(own, DefaultContextTokens);
        return wanted >= 1 && wanted <= own
            ? (int)wanted
            : throw Refusal.InvalidRequest(
                "context_tokens",
                    $"ContextTokens of {source.Name} is {wanted}, and the model's own context {own}. Lower it.");
    }

    /// <summary>Whether the model leaves open how token embeddings become one.</summary>
    public static bool LacksPooling(GgufHeader header) =>
        (header.Integer($"{header.Architecture}.pooling_type") ?? 0) == 0;

    /// <summary>The failure for a file that is sound as GGUF and of no use here.</summary>
    public static BridgeException Invalid(string path, string what, string remedy) => new(
        BridgeFailure.InvalidModelFile, FailureStage.Admit,
            $"{Path.GetFileName(path)} cannot be used: {what}. {remedy}");

    private static void Require(bool holds, string parameter, string must)
    {
        if (!holds)
        {
            throw Refusal.InvalidRequest(parameter, $"The {parameter} of a model {must}.");
        }
    }
}
