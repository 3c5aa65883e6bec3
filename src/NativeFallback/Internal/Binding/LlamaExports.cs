namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>The names that a library must export before one of its functions is called. A test holds the lists equal to
/// <see cref="LlamaApi"/>.</summary>
internal static class LlamaExports
{
    /// <summary>What libllama must have.</summary>
    public static readonly string[] Llama =
    [
        "llama_backend_init", "llama_log_set",
        "llama_model_default_params", "llama_model_load_from_file", "llama_model_free", "llama_model_n_embd",
        "llama_model_has_encoder", "llama_model_has_decoder",
        "llama_adapter_lora_init", "llama_set_adapters_lora",
        "llama_context_default_params", "llama_init_from_model", "llama_free", "llama_n_ctx", "llama_n_batch",
        "llama_n_ubatch", "llama_n_seq_max", "llama_n_threads", "llama_n_threads_batch", "llama_pooling_type",
        "llama_get_memory", "llama_memory_seq_rm", "llama_decode", "llama_get_logits_ith", "llama_get_embeddings_seq",
        "llama_model_get_vocab", "llama_vocab_type", "llama_vocab_n_tokens", "llama_vocab_is_eog",
        "llama_vocab_get_text", "llama_vocab_get_attr", "llama_vocab_bos", "llama_vocab_eos",
        "llama_vocab_get_add_bos", "llama_vocab_get_add_eos", "llama_tokenize", "llama_token_to_piece", "llama_detokenize",
        "llama_sampler_chain_init", "llama_sampler_chain_add", "llama_sampler_init_greedy", "llama_sampler_init_dist",
        "llama_sampler_init_top_k", "llama_sampler_init_top_p", "llama_sampler_init_min_p", "llama_sampler_init_temp",
        "llama_sampler_init_penalties", "llama_sampler_init_logit_bias", "llama_sampler_accept",
        "llama_sampler_sample", "llama_sampler_free",
    ];

    /// <summary>What libllama may have; see <see cref="LlamaFeatures"/>.</summary>
    public static readonly string[] Optional = ["llama_version", "llama_model_n_embd_out", "llama_adapter_lora_free"];

    /// <summary>What libggml must have.</summary>
    public static readonly string[] Ggml =
        ["ggml_backend_load_all_from_path", "ggml_backend_dev_count", "ggml_backend_dev_get"];

    /// <summary>What libggml-base must have.</summary>
    public static readonly string[] GgmlBase =
        ["ggml_backend_dev_name", "ggml_backend_dev_description", "ggml_backend_dev_type", "ggml_backend_dev_memory"];
}
