using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Routes;

/// <summary>Finds the route of a request, checks the key before anything else is looked at, and tells
/// errors.</summary>
internal sealed class VllmRouter
{
    private static readonly string[] Guarded = ["/v1", "/v2", "/inference", "/cohere"];

    private readonly VllmServer _server;
    private readonly Dictionary<string, (string Method, Func<VllmExchange, CancellationToken, Task> Answer)> _routes =
        new(StringComparer.Ordinal);

    public VllmRouter(VllmServer server)
    {
        _server = server;
        var info = new InfoRoutes(server);
        var tokenize = new TokenizeRoutes(server);
        _routes["/health"] = ("GET", info.HealthAsync);
        _routes["/version"] = ("GET", info.VersionAsync);
        _routes["/load"] = ("GET", InfoRoutes.LoadAsync);
        _routes["/kv_event_sources"] = ("GET", info.CacheEventsAsync);
        _routes["/metrics"] = ("GET", info.MetricsAsync);
        _routes["/v1/models"] = ("GET", info.ModelsAsync);
        _routes["/tokenize"] = ("POST", tokenize.TokenizeAsync);
        _routes["/detokenize"] = ("POST", tokenize.DetokenizeAsync);
        AddGeneration(server);
        if (server.Options.FindAdapter is not null)
        {
            var adapters = new AdapterRoutes(server);
            _routes["/v1/load_lora_adapter"] = ("POST", adapters.LoadAsync);
            _routes["/v1/unload_lora_adapter"] = ("POST", adapters.UnloadAsync);
        }

        if (!server.IsRust)
        {
            _routes["/ping"] = ("GET", info.HealthAsync);
            _routes["/inference/v1/abort_requests"] = ("POST", info.AbortAsync);
        }

        if (server.Options.TokenizerInfoJson is not null && !server.IsRust)
        {
            _routes["/tokenizer_info"] = ("GET", info.TokenizerInfoAsync);
        }
    }

    /// <summary>Answers a request.</summary>
    /// <param name="exchange">The request and its answer.</param>
    /// <param name="ending">Ends when the client goes or the server is closed.</param>
    public async Task AnswerAsync(VllmExchange exchange, CancellationToken ending)
    {
        try
        {
            await RouteAsync(exchange, ending);
        }
        catch (VllmError error)
        {
            _server.Life.Note(error);
            await exchange.JsonAsync(error.Status, error.ToBody(_server.Options.Dialect), ending);
        }
        catch (UnreadableBodyException)
        {
            await exchange.JsonAsync(
                400, "{\"detail\":\"There was an error parsing the body\"}"u8.ToArray(), ending);
        }
        catch (BridgeException e)
        {
            VllmError error = BackendErrors.Translate(e);
            await exchange.JsonAsync(error.Status, error.ToBody(_server.Options.Dialect), ending);
        }
        catch (Exception) when (!exchange.HasBegun && !ending.IsCancellationRequested)
        {
            // Something of the backend's own: vLLM says the same of all of it.
            VllmError error = VllmError.EngineDead();
            await exchange.JsonAsync(error.Status, error.ToBody(_server.Options.Dialect), ending);
        }
    }

    private void AddGeneration(VllmServer server)
    {
        if (server.Options.IsPooling)
        {
            _routes["/v1/embeddings"] = ("POST", new EmbeddingRoute(server).AnswerAsync);
            return;
        }

        var generation = new GenerationRoute(server);
        _routes["/v1/completions"] = ("POST", generation.CompletionAsync);
        _routes["/v1/chat/completions"] = ("POST", generation.ChatAsync);
        _routes["/inference/v1/generate"] = ("POST", generation.TokensAsync);
    }

    private Task RouteAsync(VllmExchange exchange, CancellationToken ending)
    {
        string path = exchange.Request.Target.Split('?')[0];
        if (!IsAllowed(path, exchange.Request.Header("authorization")))
        {
            return exchange.JsonAsync(401, "{\"error\":\"Unauthorized\"}"u8.ToArray(), ending);
        }

        if (_routes.TryGetValue(path, out (string Method, Func<VllmExchange, CancellationToken, Task> Answer) route))
        {
            return exchange.Request.Method == route.Method
                ? route.Answer(exchange, ending)
                : RefuseMethodAsync(exchange, route.Method, ending);
        }

        if (path.Length > 1 && path.EndsWith('/') && _routes.ContainsKey(path[..^1]) && !_server.IsRust)
        {
            string scheme = _server.Options.Certificate is null ? "http" : "https";
            string query = exchange.Request.Target[path.Length..];
            exchange.Location = $"location: {scheme}://{exchange.Request.Header("host")}{path[..^1]}{query}";
            return exchange.SendAsync(307, [], null, ending);
        }

        return _server.IsRust
            ? exchange.SendAsync(404, [], null, ending)
            : exchange.JsonAsync(404, "{\"detail\":\"Not Found\"}"u8.ToArray(), ending);
    }

    private Task RefuseMethodAsync(VllmExchange exchange, string allowed, CancellationToken ending)
    {
        exchange.Allow = $"allow: {allowed}";
        return _server.IsRust
            ? exchange.SendAsync(405, [], null, ending)
            : exchange.JsonAsync(405, "{\"detail\":\"Method Not Allowed\"}"u8.ToArray(), ending);
    }

    private bool IsAllowed(string path, string? authorization)
    {
        if (_server.Options.ApiKey is not { } key
            || !Array.Exists(Guarded, prefix => path.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return true;
        }

        string[] parts = (authorization ?? "").Split(' ', 2);
        return parts.Length == 2 && parts[0].Equals("bearer", StringComparison.OrdinalIgnoreCase) && parts[1] == key;
    }
}
