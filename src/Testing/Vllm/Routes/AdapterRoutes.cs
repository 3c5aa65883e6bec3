using System.Collections.Concurrent;
using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Routes;

/// <summary>Loading and unloading of LoRA adapters.</summary>
internal sealed class AdapterRoutes(VllmServer server)
{
    private readonly ConcurrentDictionary<string, Task> _leaving = new(StringComparer.Ordinal);

    public async Task LoadAsync(VllmExchange exchange, CancellationToken ending)
    {
        (string name, string path, bool isInPlace) = Read(exchange, "lora_name", "lora_path");
        if (server.IsRust)
        {
            throw VllmError.BadRequest("Local LoRA adapter paths require VLLM_RUNTIME_LORA_ALLOWED_PATH_PREFIXES to be "
                + "configured.", "lora_path");
        }

        Check(name, path, isInPlace);
        AdapterSource source = server.Options.FindAdapter!(path)
            ?? throw VllmError.NotFound($"Loading lora {name} failed: No adapter found for {path}");
        await LoadAsync(source with { Model = server.BackendModel, Name = name }, ending);
        server.Adapters.Add(name, path);
        await TellAsync(exchange, $"Success: LoRA adapter '{name}' added successfully.", ending);
    }

    public Task UnloadAsync(VllmExchange exchange, CancellationToken ending)
    {
        (string name, _, _) = Read(exchange, "lora_name");
        if (server.IsRust)
        {
            throw VllmError.NotFound($"The model `{name}` does not exist.", "model", "model_not_found");
        }

        if (!server.Adapters.Remove(name))
        {
            throw VllmError.NotFound($"The lora adapter '{name}' cannot be found.");
        }

        if (server.Backend is IAdapterHost host)
        {
            // Running requests keep their adapter, and nobody waits for them.
            _leaving[name] = host.UnloadAdapterAsync(server.BackendModel, name, CancellationToken.None);
        }

        return TellAsync(exchange, $"Success: LoRA adapter '{name}' removed successfully.", ending);
    }

    private void Check(string name, string path, bool isInPlace)
    {
        string? fault = name.Length == 0 || path.Length == 0 ? "Both 'lora_name' and 'lora_path' must be provided."
            : name == server.Model ? $"The lora adapter '{name}' conflicts with a served base model."
            : server.Adapters.Has(name) && !isInPlace
                ? $"The lora adapter '{name}' has already been loaded. If you want to load the adapter in place, set "
                    + "'load_inplace' to True."
                : null;
        if (fault is not null)
        {
            throw new VllmError(400, "InvalidUserInput", fault);
        }
    }

    private async Task LoadAsync(AdapterSource source, CancellationToken ending)
    {
        if (server.Backend is not IAdapterHost host || server.Adapters.Has(source.Name))
        {
            return;
        }

        if (_leaving.TryRemove(source.Name, out Task? leaving))
        {
            await leaving.WaitAsync(ending);
        }

        try
        {
            await host.LoadAdapterAsync(source, ending);
        }
        catch (BridgeException e)
        {
            throw VllmError.BadRequest($"Loading lora {source.Name} failed: {e.Message}");
        }
    }

    private (string Name, string Path, bool IsInPlace) Read(VllmExchange exchange, params string[] required) =>
        JsonBody.Read(exchange.Request, server.Options.Dialect, json =>
        {
            var faults = new SchemaFaults();
            var body = new FieldReader(json, "body", faults);
            foreach (string name in required)
            {
                if (body.Get(name) is null)
                {
                    faults.AddMissing($"body.{name}", body.Element);
                }
            }

            faults.ThrowIfAny();
            return (body.Text("lora_name") ?? "", body.Text("lora_path") ?? "", body.Flag("load_inplace"));
        });

    // The one answer of vLLM that has a body and no content type.
    private static Task TellAsync(VllmExchange exchange, string text, CancellationToken ending) =>
        exchange.SendAsync(200, Encoding.UTF8.GetBytes(text), null, ending);
}
