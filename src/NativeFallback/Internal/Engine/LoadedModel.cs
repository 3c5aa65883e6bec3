using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Gguf;
using ThemisBridge.NativeFallback.Internal.Binding;
using ThemisBridge.NativeFallback.Internal.Prompts;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>A model in memory with everything that is made from it. What is public here may be used from any thread,
/// except the contexts, which are the decode thread's.</summary>
internal sealed class LoadedModel : IDisposable
{
    private const int BatchTokens = 512;
    private const int RankPooling = 4;

    private LoadedModel(LlamaModelHandle handle, Vocabulary vocabulary, GgufHeader header)
    {
        Handle = handle;
        Vocabulary = vocabulary;
        Architecture = header.Architecture!;
        Generates = LlamaApi.ModelHasEncoder(handle) == 0 && LlamaApi.ModelHasDecoder(handle) != 0;
        GivesEmbeddings = header.Integer($"{Architecture}.pooling_type") != RankPooling;
        EmbeddingLength = LlamaLibrary.Current.Features.HasOutputEmbeddingLength
            ? LlamaApi.ModelOutputEmbeddingLength(handle)
            : LlamaApi.ModelEmbeddingLength(handle);
    }

    public LlamaModelHandle Handle { get; }

    public Vocabulary Vocabulary { get; }

    public string Architecture { get; }

    /// <summary>Whether it is a decoder, which can generate; an encoder gives embeddings alone.</summary>
    public bool Generates { get; }

    /// <summary>Whether its pooled output is an embedding; a reranker's is a score.</summary>
    public bool GivesEmbeddings { get; }

    public int EmbeddingLength { get; }

    public required ModelLimits Limits { get; init; }

    public required PromptEncoder Prompts { get; init; }

    public required GenerationPlanner Planner { get; init; }

    public required ContextPool Contexts { get; init; }

    /// <summary>Loads a model. On the decode thread: it takes as long as the file is large.</summary>
    /// <exception cref="BridgeException">The file is bad, or llama.cpp refuses it.</exception>
    public static LoadedModel Load(
        ModelSource source, ModelHostSettings settings, TimeProvider time, ILogger logger)
    {
        ModelFile.CheckSource(source);
        string path = Path.GetFullPath(source.Path);
        GgufHeader header = ModelFile.ReadModel(path);
        int contextTokens = ModelFile.ContextTokens(source, header);
        ModelLimits limits = new(
            contextTokens, settings.Parallel, Math.Min(BatchTokens, contextTokens),
            source.Threads ?? CpuTopology.DefaultThreads(),
            source.GpuLayers ?? (LlamaLibrary.Current.HasGpu ? ModelFile.EveryLayer : 0));
        LlamaModelHandle handle = LoadFile(source.Name, path, limits.GpuLayers, header.Architecture!);
        Vocabulary? vocabulary = null;
        try
        {
            vocabulary = new Vocabulary(handle, header);
            PromptEncoder prompts = new(settings.Backend, vocabulary, header.ChatTemplate, time);
            LoadedModel model = new(handle, vocabulary, header)
            {
                Limits = limits,
                Prompts = prompts,
                Planner = new GenerationPlanner(limits, vocabulary, prompts),
                Contexts = new ContextPool(handle, source.Name, limits, ModelFile.LacksPooling(header), logger),
            };
            if (model.Generates)
            {
                // Made at once, so that a lack of memory shows now and not in the first request.
                model.Contexts.For(null);
            }

            return model;
        }
        catch
        {
            vocabulary?.Dispose();
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Loads an adapter. On the decode thread.</summary>
    public LlamaAdapterHandle LoadAdapter(string name, string path)
    {
        LlamaLogSink.ForgetError();
        nint adapter = LlamaApi.AdapterLoraInit(Handle, path);
        return adapter != 0
            ? new LlamaAdapterHandle(Handle, adapter)
            : throw NativeFailure.Load($"the adapter {name}", path, "Check that it was made for this model.");
    }

    public void Dispose()
    {
        Contexts.Dispose();
        Vocabulary.Dispose();
        Handle.Dispose();
    }

    private static LlamaModelHandle LoadFile(string name, string path, int gpuLayers, string architecture)
    {
        ParamBlob parameters = LlamaApi.ModelDefaultParams();
        parameters.Write(ModelLayout.GpuLayers, gpuLayers);
        LlamaLogSink.ForgetError();
        nint model = LlamaApi.ModelLoadFromFile(path, parameters);
        return model != 0
            ? new LlamaModelHandle(model)
            : throw NativeFailure.Load(
                $"the model {name} (architecture {architecture})", path,
                $"Use a model that llama.cpp {LlamaLibrary.Current.Version} supports, and check free memory.");
    }
}
