using ThemisBridge.Testing.Replay;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>A replay server that answers everything a probe asks, once.</summary>
internal static class ProbedServer
{
    public static ReplayServer Start(bool tokens, string version = "0.32.0", string metrics = "")
    {
        ReplayServer server = ReplayServer.Start();
        Add("/health", ReplayExchange.Of(200, null, ""));
        Add("/version", ReplayExchange.Of(200, "application/json", $"{{\"version\":\"{version}\"}}"));
        Add("/v1/models", ReplayExchange.Of(Recordings.Http["A-get-models"]));
        Add("/metrics", ReplayExchange.Of(200, "text/plain", metrics));
        AddEmpty(HttpRoutes.Generate, tokens ? "F-generate-err-no-sp" : "A-generate-disabled");
        AddEmpty(HttpRoutes.Abort, tokens ? "F-abort-missing" : "A-abort-disabled");
        return server;

        void Add(string route, ReplayExchange exchange) =>
            server.Add(exchange with { Matches = request => request.Target == route });

        void AddEmpty(string route, string recording) =>
            server.Add(ReplayExchange.Of(Recordings.Http[recording]) with
            {
                Matches = request => request.Target == route && request.Text == "{}",
            });
    }
}
