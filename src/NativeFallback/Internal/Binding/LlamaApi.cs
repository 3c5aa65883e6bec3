using System.Runtime.InteropServices;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>
/// The functions of libllama and libggml that are used, and nothing else: signatures as in llama.h. They can be called
/// once <see cref="LlamaLibrary"/> has found and checked the library.
/// </summary>
internal static unsafe partial class LlamaApi
{
    public const string Llama = "llama";
    public const string Ggml = "ggml";
    public const string GgmlBase = "ggml-base";

    // Library

    [LibraryImport(Llama, EntryPoint = "llama_backend_init")]
    public static partial void BackendInit();

    [LibraryImport(Llama, EntryPoint = "llama_log_set")]
    public static partial void LogSet(delegate* unmanaged[Cdecl]<int, byte*, nint, void> callback, nint userData);

    [LibraryImport(Llama, EntryPoint = "llama_version")]
    public static partial byte* Version();

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load_all_from_path", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void LoadBackends(string directory);

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_dev_count")]
    public static partial nuint DeviceCount();

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_dev_get")]
    public static partial nint DeviceGet(nuint index);

    [LibraryImport(GgmlBase, EntryPoint = "ggml_backend_dev_name")]
    public static partial byte* DeviceName(nint device);

    [LibraryImport(GgmlBase, EntryPoint = "ggml_backend_dev_description")]
    public static partial byte* DeviceDescription(nint device);

    [LibraryImport(GgmlBase, EntryPoint = "ggml_backend_dev_type")]
    public static partial int DeviceType(nint device);

    [LibraryImport(GgmlBase, EntryPoint = "ggml_backend_dev_memory")]
    public static partial void DeviceMemory(nint device, nuint* free, nuint* total);

    // Model

    [LibraryImport(Llama, EntryPoint = "llama_model_default_params")]
    public static partial ParamBlob ModelDefaultParams();

    [LibraryImport(Llama, EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ModelLoadFromFile(string path, ParamBlob parameters);

    [LibraryImport(Llama, EntryPoint = "llama_model_free")]
    public static partial void ModelFree(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_embd")]
    public static partial int ModelEmbeddingLength(LlamaModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_embd_out")]
    public static partial int ModelOutputEmbeddingLength(LlamaModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_has_encoder")]
    public static partial byte ModelHasEncoder(LlamaModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_has_decoder")]
    public static partial byte ModelHasDecoder(LlamaModelHandle model);

    // Adapters

    [LibraryImport(Llama, EntryPoint = "llama_adapter_lora_init", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint AdapterLoraInit(LlamaModelHandle model, string path);

    [LibraryImport(Llama, EntryPoint = "llama_adapter_lora_free")]
    public static partial void AdapterLoraFree(nint adapter);

    [LibraryImport(Llama, EntryPoint = "llama_set_adapters_lora")]
    public static partial int SetAdaptersLora(LlamaContextHandle context, nint* adapters, nuint count, float* scales);

    // Context

    [LibraryImport(Llama, EntryPoint = "llama_context_default_params")]
    public static partial ParamBlob ContextDefaultParams();

    [LibraryImport(Llama, EntryPoint = "llama_init_from_model")]
    public static partial nint InitFromModel(LlamaModelHandle model, ParamBlob parameters);

    [LibraryImport(Llama, EntryPoint = "llama_free")]
    public static partial void Free(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_n_ctx")]
    public static partial uint ContextTokens(LlamaContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_batch")]
    public static partial uint ContextBatch(LlamaContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_ubatch")]
    public static partial uint ContextMicroBatch(LlamaContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_seq_max")]
    public static partial uint ContextSequences(LlamaContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_threads")]
    public static partial int ContextThreads(LlamaContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_threads_batch")]
    public static partial int ContextBatchThreads(LlamaContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_pooling_type")]
    public static partial int ContextPooling(LlamaContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_get_memory")]
    public static partial nint ContextMemory(LlamaContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_rm")]
    public static partial byte MemoryRemove(nint memory, int sequence, int from, int to);

    [LibraryImport(Llama, EntryPoint = "llama_decode")]
    public static partial int Decode(LlamaContextHandle context, LlamaBatch batch);

    [LibraryImport(Llama, EntryPoint = "llama_get_logits_ith")]
    public static partial float* LogitsOf(LlamaContextHandle context, int output);

    [LibraryImport(Llama, EntryPoint = "llama_get_embeddings_seq")]
    public static partial float* EmbeddingOf(LlamaContextHandle context, int sequence);

    // Vocabulary

    [LibraryImport(Llama, EntryPoint = "llama_model_get_vocab")]
    public static partial nint ModelVocabulary(LlamaModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_type")]
    public static partial int VocabularyType(LlamaVocabularyHandle vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_n_tokens")]
    public static partial int VocabularyCount(LlamaVocabularyHandle vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_is_eog")]
    public static partial byte VocabularyIsEnd(LlamaVocabularyHandle vocabulary, int token);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_get_text")]
    public static partial byte* VocabularyText(LlamaVocabularyHandle vocabulary, int token);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_get_attr")]
    public static partial int VocabularyAttributes(LlamaVocabularyHandle vocabulary, int token);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_bos")]
    public static partial int VocabularyBos(LlamaVocabularyHandle vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_eos")]
    public static partial int VocabularyEos(LlamaVocabularyHandle vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_get_add_bos")]
    public static partial byte VocabularyAddsBos(LlamaVocabularyHandle vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_get_add_eos")]
    public static partial byte VocabularyAddsEos(LlamaVocabularyHandle vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_tokenize")]
    public static partial int Tokenize(
        LlamaVocabularyHandle vocabulary, byte* text, int textLength, int* tokens, int capacity, byte addSpecial,
        byte parseSpecial);

    [LibraryImport(Llama, EntryPoint = "llama_token_to_piece")]
    public static partial int TokenToPiece(
        LlamaVocabularyHandle vocabulary, int token, byte* buffer, int length, int skipSpaces, byte special);

    [LibraryImport(Llama, EntryPoint = "llama_detokenize")]
    public static partial int Detokenize(
        LlamaVocabularyHandle vocabulary, int* tokens, int count, byte* text, int capacity, byte removeSpecial,
        byte unparseSpecial);

    // Samplers

    [LibraryImport(Llama, EntryPoint = "llama_sampler_chain_init")]
    public static partial nint SamplerChainInit(LlamaChainParams parameters);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_chain_add")]
    public static partial void SamplerChainAdd(LlamaSamplerHandle chain, nint sampler);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_greedy")]
    public static partial nint SamplerGreedy();

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_dist")]
    public static partial nint SamplerDistribution(uint seed);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_top_k")]
    public static partial nint SamplerTopK(int count);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_top_p")]
    public static partial nint SamplerTopP(float probability, nuint leastCount);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_min_p")]
    public static partial nint SamplerMinP(float probability, nuint leastCount);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_temp")]
    public static partial nint SamplerTemperature(float temperature);

    /// <summary>For libraries that have llama_sampler_copy (b10361 and later).</summary>
    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_penalties")]
    public static partial nint SamplerPenalties(
        int vocabularyCount, int lastCount, float repetition, float frequency, float presence);

    /// <summary>For libraries before llama_sampler_copy, with one parameter less.</summary>
    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_penalties")]
    public static partial nint SamplerPenaltiesBefore(
        int lastCount, float repetition, float frequency, float presence);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_logit_bias")]
    public static partial nint SamplerLogitBias(int vocabularyCount, int count, LlamaLogitBias* biases);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_accept")]
    public static partial void SamplerAccept(nint sampler, int token);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_sample")]
    public static partial int SamplerSample(LlamaSamplerHandle chain, LlamaContextHandle context, int output);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_free")]
    public static partial void SamplerFree(nint sampler);
}
