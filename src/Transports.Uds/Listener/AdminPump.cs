using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>Serves a question to the listener: health and adapters.</summary>
internal sealed class AdminPump(
    ListenerConnection connection, uint handle, long bytes, IInferenceBackend backend, AdminOperation operation,
    byte[] json, ILogger logger) : ServedCall(connection, handle, bytes, logger)
{
    protected override Task ServeAsync(CancellationToken cancellationToken) => operation switch
    {
        AdminOperation.Health or AdminOperation.Metrics when json.Length > 0 => throw Refusal.InvalidRequest(
            "json", "The question has no JSON. Leave it out."),
        AdminOperation.Health => HealthAsync(cancellationToken),
        AdminOperation.AdapterLoad => LoadAsync(cancellationToken),
        AdminOperation.AdapterUnload => UnloadAsync(cancellationToken),
        AdminOperation.AdapterList => ListAsync(cancellationToken),
        _ => throw Unsupported("metrics"),
    };

    private async Task HealthAsync(CancellationToken cancellationToken)
    {
        BackendHealth health = await backend.ProbeAsync(cancellationToken).ConfigureAwait(false);
        BackendDescriptor served = backend.Descriptor;
        byte[] answer = new HealthContent
        {
            Healthy = health.IsHealthy,
            Detail = health.Detail,
            Running = health.Running,
            Waiting = health.Waiting,
            Capabilities = CapabilityBits.Of(served.Capabilities.Features),
            Models = [.. served.Models.Select(ModelContent.Of)],
        }.Write();
        Answer(answer);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        AdapterContent adapter = AdapterContent.Read(json) ?? throw BadJson("model and name");
        await Host().LoadAdapterAsync(adapter.ToSource(), cancellationToken).ConfigureAwait(false);
        Connection.EndCall(Handle, null, default);
    }

    private async Task UnloadAsync(CancellationToken cancellationToken)
    {
        AdapterName which = AdapterName.Read(json) is { Name: not null } read ? read : throw BadJson("model and name");
        bool unloaded =
            await Host().UnloadAdapterAsync(which.Model, which.Name!, cancellationToken).ConfigureAwait(false);
        Answer(new UnloadContent { Unloaded = unloaded }.Write());
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        AdapterName which = AdapterName.Read(json) ?? throw BadJson("model");
        IReadOnlyList<AdapterSource> adapters =
            await Host().ListAdaptersAsync(which.Model, cancellationToken).ConfigureAwait(false);
        Answer(new AdapterListContent { Adapters = [.. adapters.Select(AdapterContent.Of)] }.Write());
    }

    private void Answer(byte[] answer) =>
        Connection.EndCall(Handle, output => ResultFrame.WriteJson(output, Handle, answer), default);

    private IAdapterHost Host() => backend as IAdapterHost ?? throw Unsupported("adapters");

    private static BridgeException BadJson(string expected) =>
        Refusal.InvalidRequest("json", $"The JSON of the question is none, or does not name {expected}.");

    private BridgeException Unsupported(string what) => Refusal.Unsupported(
        backend.Descriptor.Id, what, $"The engine behind this listener has no {what}.");
}
