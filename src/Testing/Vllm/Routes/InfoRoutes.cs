using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Routes;

/// <summary>The routes that tell about the server.</summary>
internal sealed class InfoRoutes(VllmServer server)
{
    /// <summary>Empty, 503 once the engine is dead or the backend calls itself broken; in a drain still 200.</summary>
    public async Task HealthAsync(VllmExchange exchange, CancellationToken ending)
    {
        bool isWell = !server.Life.IsEngineDead && (await server.Backend.ProbeAsync(ending)).IsHealthy;
        await exchange.SendAsync(isWell ? 200 : 503, [], null, ending);
    }

    public Task VersionAsync(VllmExchange exchange, CancellationToken ending)
    {
        JsonLine line = new JsonLine().Open().Field("version", server.Options.Version);
        return exchange.JsonAsync(200, (server.IsRust
            ? line.Field("rust_frontend_version", server.Options.Version) : line).Close().ToBytes(), ending);
    }

    /// <summary>Where the engine publishes what happens in its cache, with the publisher's defaults.</summary>
    public Task CacheEventsAsync(VllmExchange exchange, CancellationToken ending)
    {
        JsonLine line = new JsonLine().Open();
        if (server.Options.CacheEventsEndpoint is { } endpoint)
        {
            line.Name("0").Open().Name("enable_kv_cache_events").Raw("true").Field("publisher", "zmq")
                .Field("endpoint", endpoint).Null("replay_endpoint").Field("buffer_steps", 10_000)
                .Field("hwm", 100_000).Field("max_queue_size", 100_000).Field("topic", "").Close();
        }

        return exchange.JsonAsync(200, line.Close().ToBytes(), ending);
    }

    public static Task LoadAsync(VllmExchange exchange, CancellationToken ending) =>
        exchange.JsonAsync(200, "{\"server_load\":0}"u8.ToArray(), ending);

    public Task TokenizerInfoAsync(VllmExchange exchange, CancellationToken ending) =>
        exchange.JsonAsync(200, Encoding.UTF8.GetBytes(server.Options.TokenizerInfoJson!), ending);

    public async Task ModelsAsync(VllmExchange exchange, CancellationToken ending)
    {
        int? context = await server.ContextAsync(ending);
        JsonLine line = new JsonLine().Open().Field("object", "list").Name("data").Open('[');
        Model(line, server.Model, server.Model, null, context);
        foreach ((string name, string path) in server.Adapters.All)
        {
            Model(line, name, path, server.Model, null);
        }

        await exchange.JsonAsync(200, line.Close(']').Close().ToBytes(), ending);
    }

    public Task MetricsAsync(VllmExchange exchange, CancellationToken ending) => exchange.SendAsync(
        200, MetricsPage.Of(server), server.IsRust
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
            : "text/plain; version=1.0.0; charset=utf-8", ending);

    public async Task AbortAsync(VllmExchange exchange, CancellationToken ending)
    {
        if (!server.Options.EnableScaleOut)
        {
            throw VllmError.ScaleOutDisabled();
        }

        string[] ids = JsonBody.Read(exchange.Request, server.Options.Dialect, IdsOf);
        foreach (string id in ids)
        {
            await server.Aborts.AbortAsync(id);
        }

        await exchange.SendAsync(200, [], null, ending);
    }

    private static string[] IdsOf(JsonElement body) =>
        body.TryGetProperty("request_ids", out JsonElement ids) && ids.ValueKind == JsonValueKind.Array
            ? [.. ids.EnumerateArray().Where(id => id.ValueKind == JsonValueKind.String).Select(id => id.GetString()!)]
            : throw new VllmError(400, "Bad Request", "Missing 'request_ids' in request body");

    private void Model(JsonLine line, string name, string root, string? parent, int? context)
    {
        long created = server.Options.Time.GetUtcNow().ToUnixTimeSeconds();
        line.Open().Field("id", name).Field("object", "model").Field("created", created)
            .Field("owned_by", server.IsRust ? "vllm-frontend-rs" : "vllm").Field("root", root)
            .Field("parent", parent).Field("max_model_len", context);
        if (!server.IsRust)
        {
            string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
            line.Name("permission").Open('[').Open().Field("id", $"modelperm-{id}").Field("object", "model_permission")
                .Field("created", created).Field("allow_create_engine", false).Field("allow_sampling", true)
                .Field("allow_logprobs", true).Field("allow_search_indices", false).Field("allow_view", true)
                .Field("allow_fine_tuning", false).Field("organization", "*").Null("group")
                .Field("is_blocking", false).Close().Close(']');
        }

        line.Close();
    }
}
