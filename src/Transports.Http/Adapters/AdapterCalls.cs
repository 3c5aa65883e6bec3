using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Failures;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http.Adapters;

/// <summary>
/// Asks a server to load and unload, each with a deadline and one repetition where the answer was lost: then "not
/// found" says that the lost unload had been carried out. "Already loaded" says only that something has that name.
/// </summary>
internal sealed class AdapterCalls(HttpCaller caller, HttpBackendOptions options)
{
    private readonly HttpResources _resources = new(caller);

    /// <exception cref="BridgeException">The server refused, or has another adapter of that name.</exception>
    public async Task LoadAsync(string served, AdapterSource source, CancellationToken cancellationToken)
    {
        string path = source.PeftPath!;
        try
        {
            await TwiceAsync(HttpRoutes.LoadAdapter, () => AdapterBody.ForLoad(served, path), static _ => false,
                cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException e) when (IsAlreadyLoaded(e) && source.Digest is not null)
        {
            // With the digest in its name it is the same one.
        }
        catch (BridgeException e) when (IsAlreadyLoaded(e))
        {
            // The place that it came from must tell.
            IReadOnlyList<ServedAdapter> all = await ListAsync(cancellationToken).ConfigureAwait(false);
            if (!all.Any(one => one.Name == served && one.Root == path))
            {
                throw;
            }
        }
    }

    /// <summary>False when the server knows none of that name.</summary>
    /// <exception cref="BridgeException">The server refused, or has it and unloads nothing at run time.</exception>
    public async Task<bool> UnloadAsync(string served, CancellationToken cancellationToken)
    {
        try
        {
            await TwiceAsync(HttpRoutes.UnloadAdapter, () => AdapterBody.ForUnload(served), IsUnknown,
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (BridgeException e) when (IsUnknown(e))
        {
            return false;
        }
        catch (BridgeException e) when (e.Failure == BridgeFailure.UnsupportedOption)
        {
            // A server that unloads nothing at run time does not have it, unless it was started with it.
            IReadOnlyList<ServedAdapter> all = await ListAsync(cancellationToken).ConfigureAwait(false);
            if (all.Any(one => one.Name == served))
            {
                throw;
            }

            return false;
        }
    }

    /// <summary>The adapters that the server lists.</summary>
    public Task<IReadOnlyList<ServedAdapter>> ListAsync(CancellationToken cancellationToken) => InTimeAsync(
        HttpRoutes.Models, async token => (await _resources.ListModelsAsync(token).ConfigureAwait(false)).Adapters,
        cancellationToken);

    private static bool IsAlreadyLoaded(BridgeException e) => e.Failure == BridgeFailure.InvalidRequest
        && e.Message.Contains("already been loaded", StringComparison.Ordinal);

    private static bool IsUnknown(BridgeException e) => e.Failure == BridgeFailure.UnknownAdapter;

    private async Task TwiceAsync(
        string route, Func<PooledBuffer> body, Func<BridgeException, bool> isDone, CancellationToken cancellationToken)
    {
        try
        {
            await PostAsync(route, body(), cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException e) when (e.Failure == BridgeFailure.ConnectionLost)
        {
            try
            {
                await PostAsync(route, body(), cancellationToken).ConfigureAwait(false);
            }
            catch (BridgeException again) when (isDone(again))
            {
                // The lost answer was a yes.
            }
        }
    }

    private Task<bool> PostAsync(string route, PooledBuffer body, CancellationToken cancellationToken) => InTimeAsync(
        route,
        async token =>
        {
            using HttpResponseMessage response = await caller
                .PostAsync(new CallOptions(route) { HasAdapter = true }, body, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private async Task<T> InTimeAsync<T>(
        string route, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(options.CallTimeout, caller.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            return await call(ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw HttpFailureMapper.Expired("total", options.CallTimeout, FailureStage.Admit,
                caller.ContextOf(new CallOptions(route)));
        }
    }
}
