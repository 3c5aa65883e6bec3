using ThemisBridge.Testing.Replay;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>A replay server that answers everything a probe asks, once.</summary>
internal static class ProbedServer
{
    public static ReplayServer Start(bool tokens, string version = "0.32.0", string metrics = "")
    {
        ReplayServer server = ReplayServer.Start();
        Add(server, tokens, version, metrics);
        return server;
    }

    /// <summary>Answers one more probe.</summary>
    public static void Add(ReplayServer server, bool tokens, string version = "0.32.0", string metrics = "")
    {
        AddOne("/health", ReplayExchange.Of(200, null, ""));
        AddOne("/version", ReplayExchange.Of(200, "application/json", $"{{\"version\":\"{version}\"}}"));
        AddOne("/v1/models", ReplayExchange.Of(Recordings.Http["A-get-models"]));
        AddOne("/metrics", ReplayExchange.Of(200, "text/plain", metrics));
        AddEmpty(HttpRoutes.Generate, tokens ? "F-generate-err-no-sp" : "A-generate-disabled");
        AddEmpty(HttpRoutes.Abort, tokens ? "F-abort-missing" : "A-abort-disabled");

        void AddOne(string route, ReplayExchange exchange) =>
            server.Add(exchange with { Matches = request => request.Target == route });

        void AddEmpty(string route, string recording) =>
            server.Add(ReplayExchange.Of(Recordings.Http[recording]) with
            {
                Matches = request => request.Target == route && request.Text == "{}",
            });
    }
}
