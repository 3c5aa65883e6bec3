using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Client;
using ThemisBridge.Transports.Uds.Handshake;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Transports.Uds;

/// <summary>
/// An engine behind a Unix socket. Connects when it is first asked; until then it says that it can do everything, so
/// that it is asked. Total and first-token budgets are kept here and by the listener; idle is the router's.
/// </summary>
internal sealed class UdsBackend : IInferenceBackend, IAdapterHost, IAsyncDisposable, IDisposable
{
    private static readonly BackendFeatures Everything =
        Enum.GetValues<BackendFeatures>().Aggregate(BackendFeatures.None, (all, one) => all | one);

    private readonly UdsConnector _connector;
    private readonly UdsBackendOptions _options;
    private readonly TimeProvider _time;
    private readonly UdsCalls _calls;
    private volatile BackendDescriptor _descriptor;
    private volatile string _peer = "";

    /// <param name="id">The backend's id.</param>
    /// <param name="address">The address as configured.</param>
    /// <param name="path">The socket.</param>
    /// <param name="options">How; checked before.</param>
    /// <param name="handshake">What is said first.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads retries.</param>
    /// <param name="logger">Is told what happens.</param>
    public UdsBackend(
        string id, string address, string path, UdsBackendOptions options, ClientHandshake handshake, TimeProvider time,
        Random random, ILogger logger)
    {
        _options = options;
        _time = time;
        _descriptor = new BackendDescriptor
        {
            Id = id,
            Kind = "uds",
            Address = address,
            Capabilities = new BackendCapabilities { Features = Everything },
        };
        _connector = new UdsConnector(id, path, options, handshake, Learn, time, random, logger);
        _calls = new UdsCalls(_connector, id, options.CallTimeout);
    }

    public BackendDescriptor Descriptor => _descriptor;

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ClientConnection connection = await _connector
            .GetAsync(request.Deadlines.Connect, cancellationToken).ConfigureAwait(false);
        Refuse(RequiredFeatures.Of(request));
        request = Resolve(request);
        var call = new GenerationCall(connection, request, Descriptor.Id, (uint)_options.WindowTokens);
        call.Handle = await connection.SendAsync(call, TermsOf(connection, request),
            static (output, handle, sent) => RequestWriter.Write(output, handle, sent.Request, sent.Window),
            (Request: request, Window: (uint)_options.WindowTokens), cancellationToken).ConfigureAwait(false);
        using CancellationTokenRegistration cut = cancellationToken.UnsafeRegister(
            static (state, token) => ((GenerationCall)state!).StopWaiting(token), call);
        try
        {
            for (bool isOver = false; !isOver;)
            {
                InferenceChunk chunk;
                while (!call.TryTake(out chunk))
                {
                    await call.WaitAsync().ConfigureAwait(false);
                }

                isOver = chunk.End is not null;
                yield return chunk;
            }
        }
        finally
        {
            call.Leave();
        }
    }

    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        Refuse(RequiredFeatures.Of(request));
        return _calls.EmbedAsync(request, cancellationToken);
    }

    public Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken = default)
    {
        Refuse(BackendFeatures.Tokenize);
        return _calls.TokenizeAsync(request, cancellationToken);
    }

    public Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken = default)
    {
        Refuse(BackendFeatures.Tokenize);
        return _calls.DetokenizeAsync(request, cancellationToken);
    }

    public async Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default)
    {
        using var budget = new CancellationTokenSource(_options.ProbeTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            HealthContent health = await _calls.HealthAsync(_options.ProbeTimeout, either.Token).ConfigureAwait(false);
            Learn(health);
            BackendHealth said = health.ToHealth();
            return said.Detail.Length > 0 ? said : said with { Detail = _peer };
        }
        catch (BridgeException e)
        {
            return new BackendHealth(false, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new BackendHealth(false, $"No answer within {_options.ProbeTimeout.TotalSeconds:0.###} s.");
        }
    }

    public Task LoadAdapterAsync(AdapterSource source, CancellationToken cancellationToken = default) =>
        _calls.LoadAdapterAsync(source, cancellationToken);

    public Task<bool> UnloadAdapterAsync(string model, string name, CancellationToken cancellationToken = default) =>
        _calls.UnloadAdapterAsync(model, name, cancellationToken);

    public Task<IReadOnlyList<AdapterSource>> ListAdaptersAsync(
        string model, CancellationToken cancellationToken = default) =>
        _calls.ListAdaptersAsync(model, cancellationToken);

    public ValueTask DisposeAsync() => _connector.DisposeAsync();

    // Connections end in the background; nothing here has to be waited for.
    public void Dispose() => _ = _connector.DisposeAsync().AsTask();

    private CallTerms TermsOf(ClientConnection connection, InferenceRequest request) => new()
    {
        Kind = RequestKind.Generate,
        Credit = (uint)_options.WindowTokens,
        Due = connection.DueAfter(request.Deadlines.Total),
        FirstDue = connection.DueAfter(request.Deadlines.FirstToken),
    };

    // The router resolves what is left out by the descriptor it saw, which may be the one from before the first HELLO.
    private InferenceRequest Resolve(InferenceRequest request)
    {
        BackendDescriptor descriptor = _descriptor;
        if ((descriptor.Capabilities.Features & BackendFeatures.AppliesModelDefaults) != 0)
        {
            return request;
        }

        SamplingOptions? defaults = null;
        foreach (ModelDescriptor model in descriptor.Models)
        {
            defaults = model.Name == request.Model ? model.Defaults : defaults;
        }

        return request with { Sampling = SamplingDefaults.Resolve(request.Sampling, defaults) };
    }

    private void Refuse(BackendFeatures required)
    {
        BackendFeatures offered = _descriptor.Capabilities.Features;
        if ((required & ~offered) != 0)
        {
            string missing = RequiredFeatures.Missing(required, offered);
            throw Refusal.Unsupported(_descriptor.Id, missing,
                $"The engine cannot honour {missing}. Leave it out, or route the request to another engine.");
        }
    }

    private void Learn(HelloFrame hello, string kind)
    {
        _peer = string.Join(", ", new[] { hello.Content.Engine, hello.Content.Software }.OfType<string>());
        _descriptor = _descriptor with
        {
            Kind = kind,
            Capabilities = new BackendCapabilities
            {
                Features = CapabilityBits.ToFeatures(hello.Capabilities),
                MaxStopStrings = hello.Content.MaxStopStrings ?? RequestLimits.MaxStopStrings,
                MaxLogprobs = hello.Content.MaxLogprobs ?? RequestLimits.MaxLogprobs,
            },
            Models = ModelsOf(hello.Content.Models),
        };
    }

    private void Learn(HealthContent health)
    {
        BackendDescriptor known = _descriptor;
        if (health.Capabilities is { } bits)
        {
            known = known with
                { Capabilities = known.Capabilities with { Features = CapabilityBits.ToFeatures(bits) } };
        }

        _descriptor = health.Models is { } models ? known with { Models = ModelsOf(models) } : known;
    }

    private static ModelDescriptor[] ModelsOf(IReadOnlyList<ModelContent>? models) =>
        models is null ? [] : [.. models.Select(model => model.ToDescriptor())];
}
