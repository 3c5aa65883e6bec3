using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Vllm;
using ThemisBridge.Transports.Conformance;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>vLLM's doubles around an engine, one that generates and one that embeds, and the backends that ask
/// them.</summary>
public abstract class HttpHarness(HttpSocket socket) : TransportHarness
{
    private readonly string _folder = Directory.CreateTempSubdirectory("http-").FullName;
    private readonly LocalCertificate? _certificate = socket == HttpSocket.Tls ? new() : null;
    private readonly List<BackendFixture> _clients = [];
    private readonly List<VllmDouble> _servers = [];
    private IInferenceBackend? _engine;
    private int _maxRequests;

    public override string Kind => "http";

    // More events than the buffers of both sockets hold.
    public override int MostChunksAhead => 8192;

    public override string CannotHoldBack =>
        "vLLM's engine waits for no reader: what is not read is kept in the server, up to max_tokens.";

    public override string CannotEndDrained => "vLLM says nothing more to what its drain does not let finish.";

    public override string CannotSendBudgets =>
        "HTTP has no place for budgets; the connection is closed when one is over.";

    public override string CannotTellAlternativesById => "OpenAI's lists name tokens by their texts.";

    public override IReadOnlyList<BridgeFailure> FailuresInDrain => [BridgeFailure.AbortedByEngine];

    // A limit and the texts of single tokens are asked for always, a priority and a tenant are fields of vLLM's own.
    public override InferenceRequest AsSeen(InferenceRequest asked) => asked with
    {
        Sampling = asked.Sampling with
        {
            MaxTokens = asked.Sampling.MaxTokens
                ?? ScriptedEngine.ContextTokens - ((asked.Prompt as TokenPrompt)?.TokenIds.Length ?? 0),
            Logprobs = asked.Sampling.Logprobs ?? 0,
        },
        Stream = true,
        Output = OutputParts.Text | OutputParts.TokenIds | OutputParts.PromptTokenIds,
    };

    public override GenerationStart AsTold(InferenceRequest asked, GenerationStart start) =>
        start with { Seed = asked.Sampling.Seed, EngineRequestId = "cmpl-" + asked.RequestId };

    // vLLM counts by itself, and tells cached tokens only where a flag is set.
    public override TokenUsage AsTold(TokenUsage usage, int prompt, int generated) => new(prompt, null, generated);

    // Behind the head of a stream every failure is an event.
    public override BridgeException AsTold(BridgeException failure)
    {
        (BridgeFailure Failure, string Message, string? Parameter) told = failure.Failure switch
        {
            BridgeFailure.InvalidRequest or BridgeFailure.UnsupportedOption or BridgeFailure.ContextLengthExceeded
                or BridgeFailure.LimitExceeded => (BridgeFailure.InvalidRequest,
                    "The server refused the request: " + failure.Message, failure.Parameter),
            BridgeFailure.UnknownModel or BridgeFailure.UnknownAdapter => (BridgeFailure.UnknownModel,
                "The server refused the request: " + failure.Message, "model"),
            BridgeFailure.Busy => (BridgeFailure.Busy, "The engine is busy: The engine is currently busy and cannot "
                + "accept new requests. Please try again later or on a different instance.", null),
            BridgeFailure.Draining or BridgeFailure.AbortedByEngine => (BridgeFailure.AbortedByEngine,
                "The engine stopped the request, as one that is shutting down does. Send it to another.", null),
            _ => (BridgeFailure.EngineFailed, "The engine failed: EngineCore encountered an issue. "
                + "See stack trace (above) for the root cause.", null),
        };
        return new BridgeException(told.Failure, FailureStage.Prefill, told.Message) { Parameter = told.Parameter };
    }

    // The numbers are those of the double's own queue.
    public override BackendHealth AsTold(BackendHealth health) => health.IsHealthy
        ? new BackendHealth(true, "") { Running = 0, Waiting = 0, KvCacheUse = 0 }
        : new BackendHealth(false, "The engine is busy: HTTP status 503");

    public override BackendDescriptor AsTold(BackendDescriptor engine) => engine with
    {
        Capabilities = new BackendCapabilities
        {
            Features = HttpFeatures.Of(
                new HttpBackendOptions { PriorityScheduling = true },
                new ServerFacts(new Version(0, 32, 0), HasTokenEndpoint: false, HasAbort: false)),
        },
        Models = [.. engine.Models.Select(model => model with { Defaults = null })],
    };

    // Ten digits and a comma.
    public override int[] IdsOf(int bytes) => [.. Enumerable.Repeat(int.MaxValue, bytes / 11)];

    public override Task<IInferenceBackend> ConnectAsync(IInferenceBackend engine, int maxRequests = 1024)
    {
        (_engine, _maxRequests) = (new PlainEngine(engine), maxRequests);
        Start(0, 0);
        IInferenceBackend embedding = Connect(_servers[1].Address.ToString());
        return Task.FromResult<IInferenceBackend>(
            new TwoServers(Connect(_servers[0].Address.ToString()), () => Task.FromResult(embedding)));
    }

    public override IInferenceBackend ConnectToNobody() => Connect(socket switch
    {
        HttpSocket.Unix => "http+unix://" + Path.Combine(_folder, "nobody.sock"),
        HttpSocket.Tls => "https://localhost:1",
        _ => "http://127.0.0.1:1",
    });

    public override Task KillAsync() => Task.WhenAll(_servers.Select(server => server.KillAsync()));

    public override async Task RestartAsync()
    {
        int[] ports = [.. _servers.Select(server => Math.Max(0, server.Address.Port))];
        await CloseAsync();
        Start(ports[0], ports[1]);
    }

    // The process ends behind its last request.
    public override async Task DrainAsync(TimeSpan limit)
    {
        _servers[0].Drain(limit);
        while (_servers[0].Running + _servers[0].Waiting > 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await KillAsync();
    }

    // A server that refused is asked again at once.
    public override Task BackoffAsync() => Task.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _clients.ForEach(client => client.Dispose());
        await CloseAsync();
        _certificate?.Dispose();
        Assert.DoesNotContain(Directory.GetFiles(_folder), file => file.EndsWith(".sock", StringComparison.Ordinal));
        Directory.Delete(_folder, recursive: true);
    }

    private void Start(params ReadOnlySpan<int> ports)
    {
        for (int i = 0; i < ports.Length; i++)
        {
            _servers.Add(VllmDouble.Start(_engine!, new VllmDoubleOptions
            {
                UnixSocketPath = socket == HttpSocket.Unix ? Path.Combine(_folder, $"{i}.sock") : null,
                Port = ports[i],
                Certificate = _certificate?.Certificate,
                MaxUnfinished = _maxRequests,
                EnableTools = true,
                Adapters = new Dictionary<string, string> { ["de"] = "/adapters/de" },
                IsPooling = i == 1,
            }));
        }
    }

    private HttpBackend Connect(string address)
    {
        var client = new BackendFixture(address, options =>
        {
            options.PriorityScheduling = true;
            // The first event repeats the ids of its prompt.
            options.MaxEventBytes = RequestLimits.MaxMessageBytes;
            // A busy machine answers late.
            options.ProbeTimeout = TimeSpan.FromSeconds(30);
            options.ConnectTimeout = TimeSpan.FromSeconds(30);
            options.CaFile = _certificate?.WriteTo(_folder);
        });
        _clients.Add(client);
        return client.Backend;
    }

    private async Task CloseAsync()
    {
        foreach (VllmDouble server in _servers)
        {
            await server.DisposeAsync();
        }

        _servers.Clear();
    }
}
