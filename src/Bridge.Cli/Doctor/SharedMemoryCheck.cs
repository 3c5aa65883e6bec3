using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.SharedMemory;

namespace ThemisBridge.Cli.Doctor;

/// <summary>Whether the frames between this end and each configured Unix socket go through shared memory.</summary>
internal static class SharedMemoryCheck
{
    private const string Scheme = "frames+unix";

    public static async Task<IReadOnlyList<Finding>> RunAsync(
        IServiceProvider services, CancellationToken cancellationToken)
    {
        BridgeOptions options = services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        var findings = new List<Finding>();
        // One after the other: the reason is that of the last connection.
        foreach ((string name, EngineOptions engine) in options.Engines)
        {
            foreach (string text in engine.Ladder)
            {
                if (BackendAddress.TryParse(name, text, out BackendAddress? address) && address!.Scheme == Scheme
                    && await LookAsync(name, address, services, cancellationToken) is { } finding)
                {
                    findings.Add(finding);
                }
            }
        }

        return findings;
    }

    // Null where nobody answers, which the engine's own finding says.
    private static async Task<Finding?> LookAsync(
        string engine, BackendAddress address, IServiceProvider services, CancellationToken cancellationToken)
    {
        IInferenceBackend backend = services.GetServices<IBackendFactory>()
            .First(factory => factory.Schemes.Contains(Scheme)).Create(address);
        await using var owned = (IAsyncDisposable)backend;
        BackendHealth health = await backend.ProbeAsync(cancellationToken);
        string subject = $"shared memory to {engine}";
        return backend.Descriptor.Kind == "shm" ? new(subject, FindingState.Ok, "in use")
            : !health.IsHealthy ? null
            : new(subject, FindingState.Warning, "not in use, the socket is: " + services
                .GetRequiredService<ISharedMemoryStatus>().WhyOnSocket(address.Address[(Scheme.Length + 3)..]),
                "Unless the socket is wanted, switch it on at both ends (docs/transports-shared-memory.md).");
    }
}
