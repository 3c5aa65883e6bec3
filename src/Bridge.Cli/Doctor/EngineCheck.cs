using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Cli.Doctor;

/// <summary>Every rung of every configured engine, probed at once.</summary>
internal static class EngineCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<Finding>> RunAsync(
        IServiceProvider services, CancellationToken cancellationToken)
    {
        BridgeOptions options = services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        IBackendFactory[] factories = [.. services.GetServices<IBackendFactory>()];
        IEnumerable<Task<Finding>> probes =
            from engine in options.Engines
            from address in engine.Value.Ladder
            select ProbeAsync(engine.Key, address, factories, cancellationToken);
        return await Task.WhenAll(probes);
    }

    private static async Task<Finding> ProbeAsync(
        string engine, string text, IBackendFactory[] factories, CancellationToken cancellationToken)
    {
        // The configuration's own check has refused addresses that nobody can read.
        _ = BackendAddress.TryParse(engine, text, out BackendAddress? address);
        IInferenceBackend backend =
            factories.First(factory => factory.Schemes.Contains(address!.Scheme)).Create(address!);
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        BackendHealth health;
        try
        {
            health = await backend.ProbeAsync(either.Token);
        }
        catch (BridgeException error)
        {
            health = new BackendHealth(false, error.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            health = new BackendHealth(false, $"no answer within {Patience.TotalSeconds:0} s");
        }
        finally
        {
            if (backend is IAsyncDisposable owned)
            {
                await owned.DisposeAsync();
            }
            else
            {
                (backend as IDisposable)?.Dispose();
            }
        }

        string subject = $"engine {engine} ({backend.Descriptor.Kind})";
        return health.IsHealthy
            ? new(subject, FindingState.Ok, health.Detail)
            : new(subject, FindingState.Fault, health.Detail,
                $"Start it, correct ThemisBridge:Engines:{engine}:Ladder, or leave it out. Others of the ladder still answer.");
    }
}
