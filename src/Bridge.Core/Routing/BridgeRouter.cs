using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Telemetry;

namespace ThemisBridge.Core.Routing;

/// <summary>
/// The bridge over all configured engines. A request passes in order: checks, route, candidates that can honour every
/// option, attempts until a first chunk, then the stream itself under the idle and total budgets.
/// </summary>
internal sealed class BridgeRouter : IThemisBridge
{
    private readonly RouteTable _table;
    private readonly DeadlineBudgets _budgets;
    private readonly BridgeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Failover _failover;
    private readonly ActiveRequestIds _ids;

    public BridgeRouter(
        RouteTable table, BridgeOptions options, BridgeMetrics metrics, TimeProvider time, ILogger<BridgeRouter> logger)
    {
        _table = table;
        _budgets = options.Limits.ToBudgets();
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _failover = new Failover(time);
        _ids = new ActiveRequestIds(time);
    }

    public IReadOnlyList<string> Models => _table.Models;

    /// <summary>The bridge as a backend: what any of its backends can do.</summary>
    public BackendDescriptor Descriptor => new()
    {
        Id = "bridge",
        Kind = "bridge",
        Address = "",
        Capabilities = new BackendCapabilities
        {
            Features = _table.Backends.Aggregate(
                BackendFeatures.None, (all, entry) => all | entry.Descriptor.Capabilities.Features),
        },
        Models = [.. Models.Select(model => new ModelDescriptor(model))],
    };

    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RequestValidation.Check(request);
        string operation = request.Prompt is ChatPrompt ? TelemetryNames.Chat : TelemetryNames.TextCompletion;
        using RoutedCall call = Start(
            operation, request.Model, RequiredFeatures.Of(request), request.RequestId, BudgetsOf(request),
            request.TraceParent, cancellationToken);
        var stream = new AttemptStream(call, request, _table.Adapters);
        await using ConfiguredAsyncDisposable owned = stream.ConfigureAwait(false);
        InferenceChunk chunk;
        try
        {
            chunk = await _failover.RunAsync(call, stream.OpenAsync).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            call.Telemetry.Fail(exception);
            throw;
        }

        bool ended = false;
        while (true)
        {
            ended |= call.Telemetry.Saw(chunk);
            yield return chunk;
            bool more;
            call.Watch.BeginWait();
            try
            {
                ValueTask<bool> next = stream.Chunks.MoveNextAsync();
                if (!next.IsCompleted)
                {
                    call.Watch.Arm();
                }

                more = await next.ConfigureAwait(false);
            }
            catch (Exception exception) when (call.Break(exception) is { } failure)
            {
                throw failure;
            }

            call.Watch.EndWait();
            if (!more)
            {
                break;
            }

            chunk = stream.Chunks.Current;
        }

        if (!ended)
        {
            throw call.Break(new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Stream,
                "The answer ended before its engine said that it was complete. Send the request again."))!;
        }
    }

    public async Task<EmbeddingResult> EmbedAsync(
        EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        RequestValidation.Check(request);
        using RoutedCall call = Start(
            TelemetryNames.Embeddings, request.Model, RequiredFeatures.Of(request), request.RequestId,
            request.Deadlines,
            request.TraceParent, cancellationToken);
        EmbeddingResult result = await RunAsync(call, async (candidate, id, token) =>
        {
            EmbeddingResult answer = await candidate.Entry.Backend.EmbedAsync(request with
            {
                Model = candidate.ServedModel,
                RequestId = id,
                Deadlines = call.Budgets,
                TraceParent = call.Telemetry.TraceParent ?? request.TraceParent,
            }, token).ConfigureAwait(false);
            return answer with
            {
                Model = request.Model,
                Engine = candidate.Entry.Engine,
                Transport = candidate.Entry.Descriptor.Kind,
            };
        }).ConfigureAwait(false);
        call.Telemetry.Used(result.Usage);
        return result;
    }

    public async Task<TokenizeResult> TokenizeAsync(
        TokenizeRequest request, CancellationToken cancellationToken = default)
    {
        RequestValidation.Check(request);
        using RoutedCall call = Start(TelemetryNames.Tokenize, request.Model, BackendFeatures.Tokenize, null,
            DeadlineBudgets.Unset, null, cancellationToken);
        return await RunAsync(call, async (candidate, _, token) => await candidate.Entry.Backend
            .TokenizeAsync(request with { Model = candidate.ServedModel }, token).ConfigureAwait(false))
                .ConfigureAwait(false);
    }

    public async Task<string> DetokenizeAsync(
        DetokenizeRequest request, CancellationToken cancellationToken = default)
    {
        RequestValidation.Check(request);
        using RoutedCall call = Start(TelemetryNames.Detokenize, request.Model, BackendFeatures.Tokenize, null,
            DeadlineBudgets.Unset, null, cancellationToken);
        return await RunAsync(call, async (candidate, _, token) => await candidate.Entry.Backend
            .DetokenizeAsync(request with { Model = candidate.ServedModel }, token).ConfigureAwait(false))
                .ConfigureAwait(false);
    }

    /// <summary>Probes every backend at once: healthy when at least one is.</summary>
    public async Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default)
    {
        (BackendEntry Entry, BackendHealth Health)[] answers = await Task.WhenAll(_table.Backends.Select(async entry =>
            (entry, await ProbeAsync(entry, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);
        return new BackendHealth(
            answers.Any(answer => answer.Health.IsHealthy),
            string.Join("; ", answers.Select(answer =>
                $"{answer.Entry.Descriptor.Id}: {(answer.Health.IsHealthy ? "healthy" : answer.Health.Detail)}")));
    }

    private async Task<BackendHealth> ProbeAsync(BackendEntry entry, CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(_budgets.Connect ?? Timeout.InfiniteTimeSpan, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, budget.Token);
        try
        {
            return await entry.Backend.ProbeAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new BackendHealth(false, $"no answer within {_budgets.Connect?.TotalSeconds:0.###} s");
        }
        catch (BridgeException failure)
        {
            return new BackendHealth(false, failure.Message);
        }
    }

    private async ValueTask<T> RunAsync<T>(
        RoutedCall call, Func<Candidate, string, CancellationToken, ValueTask<T>> attempt)
    {
        call.Watch.Arm();
        try
        {
            return await _failover.RunAsync(call, attempt).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            call.Telemetry.Fail(exception);
            throw;
        }
    }

    // A plain answer comes whole, so only the total budget can say that it takes too long.
    private static DeadlineBudgets BudgetsOf(InferenceRequest request) => request.Stream
        ? request.Deadlines
        : request.Deadlines with { FirstToken = Timeout.InfiniteTimeSpan };

    private RoutedCall Start(
        string operation, string model, BackendFeatures required, string? requestId, DeadlineBudgets budgets,
        string? traceParent, CancellationToken cancellationToken)
    {
        Route route = _table.Find(model);
        var telemetry = new OperationTelemetry(operation, model, traceParent, _metrics, _time, _logger);
        return new RoutedCall(
            route, required, _ids.Take(requestId), budgets, budgets.Or(_budgets), telemetry, _time, cancellationToken);
    }
}
