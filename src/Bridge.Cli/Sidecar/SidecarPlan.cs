using ThemisBridge.Cli.Composition;

namespace ThemisBridge.Cli.Sidecar;

/// <summary>The command line of a sidecar, and the bridge's settings that reach it.</summary>
/// <param name="Model">The name of the model that it serves.</param>
/// <param name="Arguments">The program and its arguments.</param>
/// <param name="Settings">What the bridge's own command needs.</param>
internal sealed record SidecarPlan(string Model, IReadOnlyList<string> Arguments, IReadOnlyList<string> Settings)
{
    /// <summary>The name under which the settings know the engine.</summary>
    public const string Engine = "sidecar";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "sidecar");
    private static readonly string TinyModel = Path.Combine(AppContext.BaseDirectory, "models", "themis-tiny");

    /// <summary>Makes the plan.</summary>
    /// <param name="python">The interpreter.</param>
    /// <param name="engine">What makes the tokens.</param>
    /// <param name="socket">The absolute path of the socket.</param>
    public static SidecarPlan Make(string python, SidecarEngine engine, string socket)
    {
        bool isScripted = engine == SidecarEngine.Scripted;
        string model = isScripted ? EmbeddedModel.Name : "synthetic";
        string[] own = isScripted
            ? ["--script", Path.Combine(TinyModel, "expected.json"), "--tokenizer", Path.Combine(TinyModel, "hf")]
            : [];
        // The embedded engine has the same model, so it can stand in.
        string[] fallback = isScripted ? [$"Routes:{model}:1=native"] : [];
        return new(
            model,
            [
                python, Path.Combine(Folder, "vllm_shm_server.py"), "--engine", isScripted ? "scripted" : "synthetic",
                "--served-model-name", model, "--uds", socket, .. own,
            ],
            [$"Engines:{Engine}:Ladder:0=frames+unix://{socket}", $"Routes:{model}:0={Engine}", .. fallback]);
    }

    /// <summary>Where a sidecar of this user listens by default: a folder that is the user's own.</summary>
    public static string DefaultSocket() => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own
            ? own
            : Path.GetTempPath(),
        $"themis-bridge-{Environment.UserName}", "sidecar.sock");
}
