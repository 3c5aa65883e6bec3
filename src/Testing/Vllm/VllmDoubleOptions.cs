using System.Security.Cryptography.X509Certificates;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Testing.Vllm;

/// <summary>How a <see cref="VllmDouble"/> listens and with which of vLLM's flags it "was started".</summary>
public sealed record VllmDoubleOptions
{
    /// <summary>The path of a Unix socket to listen on, at most 107 bytes; null for TCP on the loopback
    /// address.</summary>
    public string? UnixSocketPath { get; init; }

    /// <summary>The TCP port; 0 for a free one. A double that comes back takes the port of the one that went.</summary>
    public int Port { get; init; }

    /// <summary>The certificate of a TLS server, with its private key; null for plain text.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Which front end it behaves like.</summary>
    public VllmDialect Dialect { get; init; }

    /// <summary>The name under which the model is served. Null: the backend's own name of its first model.</summary>
    public string? ServedModelName { get; init; }

    /// <summary><c>--max-model-len</c>, in tokens. Null: the backend's context.</summary>
    public int? MaxModelLength { get; init; }

    /// <summary>How many tokens the model knows. Null: the backend alone judges ids.</summary>
    public int? VocabularySize { get; init; }

    /// <summary>What <c>/version</c> says.</summary>
    public string Version { get; init; } = "0.32.0";

    /// <summary><c>--api-key</c>: guards <c>/v1</c>, <c>/v2</c>, <c>/inference</c> and <c>/cohere</c>; null for
    /// none.</summary>
    public string? ApiKey { get; init; }

    /// <summary><c>--max-num-seqs</c>: sequences that run at a time; the others wait with their headers sent.</summary>
    public int MaxRunning { get; init; } = 256;

    /// <summary><c>--max-num-queued-reqs</c>: unfinished sequences, running ones included, from which on requests get
    /// 503; null for no limit.</summary>
    public int? MaxUnfinished { get; init; }

    /// <summary><c>--enable-scale-out</c>: the token endpoint and the abort route answer; otherwise 403.</summary>
    public bool EnableScaleOut { get; init; }

    /// <summary><c>--enable-request-id-headers</c>.</summary>
    public bool EnableRequestIdHeaders { get; init; }

    /// <summary><c>--enable-prompt-tokens-details</c>: usage tells <c>cached_tokens</c>.</summary>
    public bool EnablePromptTokensDetails { get; init; }

    /// <summary><c>--enable-per-request-metrics</c>.</summary>
    public bool EnablePerRequestMetrics { get; init; }

    /// <summary><c>--enable-auto-tool-choice</c> with a <c>--tool-call-parser</c>.</summary>
    public bool EnableTools { get; init; }

    /// <summary>The body of <c>/tokenizer_info</c>, which needs <c>--enable-tokenizer-info-endpoint</c>; null: the
    /// route does not exist.</summary>
    public string? TokenizerInfoJson { get; init; }

    /// <summary>The endpoint of <c>--kv-events-config</c>, which <c>/kv_event_sources</c> tells; null: there is none.
    /// Nothing is published there.</summary>
    public string? CacheEventsEndpoint { get; init; }

    /// <summary><c>--sse-keep-alive-interval</c>: comment lines while a stream waits; null for none.</summary>
    public TimeSpan? KeepAliveComments { get; init; }

    /// <summary><c>--runner pooling</c>: embeddings and nothing that generates.</summary>
    public bool IsPooling { get; init; }

    /// <summary>
    /// <c>VLLM_ALLOW_RUNTIME_LORA_UPDATING</c> with <c>--enable-lora</c>: finds the adapter at the path that a load
    /// names, null when there is none. The model and the name are filled in by the double, and a backend that is an
    /// <see cref="IAdapterHost"/> loads it. Null: the routes do not exist.
    /// </summary>
    public Func<string, AdapterSource?>? FindAdapter { get; init; }

    /// <summary><c>--lora-modules</c>: adapters that are there from the start, by name, with their paths. The backend
    /// has them loaded already.</summary>
    public IReadOnlyDictionary<string, string> Adapters { get; init; } = new Dictionary<string, string>();

    /// <summary>A pause before each event that holds tokens, for a slow engine. Default: none.</summary>
    public TimeSpan TokenDelay { get; init; }

    /// <summary>After what time an unused connection is closed without notice. uvicorn's: 5 seconds.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of delays, of idle connections and of everything that follows a death. Default: the
    /// system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
