using Polly;
using Polly.Retry;
using Polly.Timeout;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Routing;

/// <summary>
/// Runs attempts until one answers. The pipeline wraps the part up to the first chunk, never a whole stream: another
/// backend is asked only while nothing has been shown to the caller, at once, and each only once.
/// </summary>
internal sealed class Failover
{
    private static readonly ResiliencePropertyKey<RoutedCall> CallKey = new("call");

    private readonly ResiliencePipeline _pipeline;

    public Failover(TimeProvider time)
    {
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = Route.MaxCandidates,
                Delay = TimeSpan.Zero,
                ShouldHandle = static arguments =>
                    ValueTask.FromResult(MayGoOn(arguments.Outcome.Exception, CallOf(arguments.Context))),
            })
            .AddTimeout(new TimeoutStrategyOptions
            {
                TimeoutGenerator = static arguments =>
                    ValueTask.FromResult(CallOf(arguments.Context).Budgets.FirstToken ?? Timeout.InfiniteTimeSpan),
            })
            .Build();
    }

    /// <summary>Asks one backend after the other.</summary>
    /// <param name="call">The request's record.</param>
    /// <param name="attempt">Asks one backend, under the attempt id; its token ends with the first-token
    /// budget.</param>
    /// <exception cref="BridgeException">The last attempt's failure, with all attempts.</exception>
    public async ValueTask<T> RunAsync<T>(
        RoutedCall call, Func<Candidate, string, CancellationToken, ValueTask<T>> attempt)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(call.Ended);
        context.Properties.Set(CallKey, call);
        try
        {
            return await _pipeline.ExecuteAsync(
                static (context, state) => AttemptAsync(state.call, state.attempt, context.CancellationToken),
                context, (call, attempt)).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException) when (call.LastFailure is { } failure)
        {
            throw failure;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static async ValueTask<T> AttemptAsync<T>(
        RoutedCall call, Func<Candidate, string, CancellationToken, ValueTask<T>> attempt, CancellationToken token)
    {
        (Candidate candidate, string id) = call.Begin();
        try
        {
            T result = await attempt(candidate, id, token).ConfigureAwait(false);
            call.Succeed();
            return result;
        }
        catch (OperationCanceledException)
            when (token.IsCancellationRequested && !call.Ended.IsCancellationRequested)
        {
            // Said here and not left to the pipeline: what ends the whole request a moment later would make it a
            // cancellation there, which the caller never asked for.
            call.FailByTimeout();
            throw new TimeoutRejectedException();
        }
        catch (Exception exception)
        {
            Exception failure = call.Fail(exception);
            if (ReferenceEquals(failure, exception))
            {
                throw;
            }

            throw failure;
        }
    }

    private static bool MayGoOn(Exception? exception, RoutedCall call) =>
        exception is TimeoutRejectedException or BridgeException { IsRetrySafe: true }
        && !call.Ended.IsCancellationRequested && call.HasNext;

    private static RoutedCall CallOf(ResilienceContext context) => context.Properties.GetValue(CallKey, null!);
}
