using System.Text.Json;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Failures;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http;

/// <summary>Asks a server about itself. Deadlines are in the tokens that callers give.</summary>
internal sealed class HttpResources(HttpCaller caller)
{
    /// <summary>Whether <c>/health</c> says that the engine works; false when the server has no such
    /// route.</summary>
    /// <exception cref="BridgeException">It says that it does not, or does not answer.</exception>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        // /ping is SageMaker's twin of /health, for gateways that know only that.
        foreach (string route in new[] { HttpRoutes.Health, HttpRoutes.Ping })
        {
            try
            {
                using HttpResponseMessage response =
                    await caller.GetAsync(new CallOptions(route), cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (BridgeException e) when (e.Failure == BridgeFailure.UnsupportedOption)
            {
                // No such route.
            }
        }

        return false;
    }

    /// <summary>The models and adapters that the server lists.</summary>
    public async Task<ModelList> ListModelsAsync(CancellationToken cancellationToken)
    {
        using PooledBuffer body = await ReadAsync(HttpRoutes.Models, cancellationToken).ConfigureAwait(false);
        try
        {
            return ModelList.Parse(body.Written.Span);
        }
        catch (JsonException e)
        {
            throw HttpFailureMapper.Violation("The server's list of models cannot be read.", FailureStage.Admit,
                caller.ContextOf(new CallOptions(HttpRoutes.Models)), e);
        }
    }

    /// <summary>What vLLM's metrics say; nothing when the server has none.</summary>
    public async Task<EngineMetrics> ReadMetricsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using PooledBuffer body = await ReadAsync(HttpRoutes.Metrics, cancellationToken).ConfigureAwait(false);
            return MetricsParser.Parse(body.Written.Span);
        }
        catch (BridgeException e) when (e.Failure is BridgeFailure.UnsupportedOption or BridgeFailure.Unauthorized)
        {
            return new EngineMetrics();
        }
    }

    /// <summary>What the server is, its version, and which of vLLM's optional routes are on.</summary>
    public async Task<ServerFacts> ReadFactsAsync(CancellationToken cancellationToken)
    {
        (Version? version, bool isRust) = await ReadVersionAsync(cancellationToken).ConfigureAwait(false);
        if (version is null && await IsLlamaServerAsync(cancellationToken).ConfigureAwait(false))
        {
            // It would ignore vLLM's own fields silently.
            return ServerFacts.Unknown with { Kind = HttpServerKind.OpenAI };
        }

        return new ServerFacts(
            version,
            await IsOnAsync(HttpRoutes.Generate, cancellationToken).ConfigureAwait(false),
            await IsOnAsync(HttpRoutes.Abort, cancellationToken).ConfigureAwait(false)) { IsRust = isRust };
    }

    /// <summary>The version, null when the server tells none, and whether the Rust front end told it.</summary>
    public async Task<(Version? Version, bool IsRust)> ReadVersionAsync(CancellationToken cancellationToken)
    {
        try
        {
            using PooledBuffer body = await ReadAsync(HttpRoutes.Version, cancellationToken).ConfigureAwait(false);
            using JsonDocument json = JsonDocument.Parse(body.Written);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("version", out JsonElement version)
                && version.ValueKind == JsonValueKind.String
                ? (ServerFacts.ParseVersion(version.GetString()),
                    json.RootElement.TryGetProperty("rust_frontend_version", out _))
                : (null, false);
        }
        catch (BridgeException e) when (IsAnswer(e))
        {
            return (null, false);
        }
        catch (JsonException)
        {
            return (null, false);
        }
    }

    private async Task<bool> IsLlamaServerAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await ListModelsAsync(cancellationToken).ConfigureAwait(false)).Owner == "llamacpp";
        }
        catch (BridgeException e) when (IsAnswer(e))
        {
            // Whoever has no such list is none.
            return false;
        }
    }

    // An empty object is refused by a route that is on (400); one that is off says 403, one that is not there 404.
    private async Task<bool> IsOnAsync(string route, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await caller
                .PostAsync(new CallOptions(route), RequestBody.Write(_ => { }), cancellationToken)
                .ConfigureAwait(false);
            return false;
        }
        catch (BridgeException e) when (IsAnswer(e))
        {
            return e.Failure == BridgeFailure.InvalidRequest;
        }
    }

    // Statuses 400 to 405, a redirect and the like say what the server is; a busy or failing one (429, 5xx) has said
    // nothing yet, and is asked again.
    private static bool IsAnswer(BridgeException e) => e.Failure is BridgeFailure.InvalidRequest
        or BridgeFailure.UnsupportedOption or BridgeFailure.Unauthorized or BridgeFailure.UnknownModel
        or BridgeFailure.ProtocolViolation;

    private async Task<PooledBuffer> ReadAsync(string route, CancellationToken cancellationToken)
    {
        var call = new CallOptions(route);
        using HttpResponseMessage response = await caller.GetAsync(call, cancellationToken).ConfigureAwait(false);
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return await PlainAnswer.ReadBodyAsync(
            stream, FailureStage.Admit, caller.ContextOf(call), BridgeFailure.ProtocolViolation, cancellationToken)
            .ConfigureAwait(false);
    }
}
