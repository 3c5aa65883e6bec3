using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Transports.SharedMemory.Tests.Faults;

/// <summary>This program as a child process that writes without a pause, so that it dies while it writes.</summary>
internal static class ChildProcess
{
    /// <summary>The first argument that makes this program a child.</summary>
    public const string Word = "--child";

    /// <summary>How many requests a child client keeps sending.</summary>
    public const int Requests = 4;

    // Longer than the ring, so that a frame is nearly always on its way.
    private const int PromptTokens = 60_000;

    /// <summary>Starts a listener whose engine gives tokens without end.</summary>
    public static Process Listener(string path) => Start(Environment.ProcessPath!, [Word, "listen", path]);

    /// <summary>The same as a container has it: its own network, IPC objects and /dev/shm.</summary>
    public static Process ListenerInContainer(string path) => Start(
        "unshare",
        [
            "--user", "--map-root-user", "--net", "--ipc", "--mount",
            "sh", "-c", "mount -t tmpfs none /dev/shm && exec \"$0\" \"$@\"",
            Environment.ProcessPath!, Word, "listen", path,
        ]);

    /// <summary>Starts a client that sends one long request after the other.</summary>
    public static Process Client(string path) => Start(Environment.ProcessPath!, [Word, "ask", path]);

    /// <summary>Plays a part until it is killed.</summary>
    public static async Task<int> RunAsync(string[] part)
    {
        // A test that fails leaves no child behind: its end closes the child's input.
        new Thread(() => Environment.Exit(Console.In.Read())) { IsBackground = true }.Start();
        switch (part)
        {
            case ["listen", string path]:
                await ListenAsync(path);
                break;
            case ["ask", string path]:
                await AskAsync(path);
                break;
        }

        return 1;
    }

    private static SharedMemoryOptions Options() =>
        new() { Mode = SharedMemoryMode.Require, RingBytes = SegmentLayout.MinRingBytes };

    private static SharedMemory.Channels.SharedMemoryUpgrade Upgrade() =>
        new(Options(), NullLogger<SharedMemory.Channels.SharedMemoryUpgrade>.Instance);

    private static async Task ListenAsync(string path)
    {
        var engine = new ScriptedEngine { Answer = (_, token) => Chunks.Endless(token) };
        await using var listener = new UdsListener(
            new UdsListenerOptions { Path = path }, engine, NullLogger<UdsListener>.Instance, upgrades: [Upgrade()]);
        listener.Start();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }

    private static async Task AskAsync(string path)
    {
        await using UdsBackend backend = Backends.To(path, upgrades: Upgrade());
        var request = new InferenceRequest { Model = "m", Prompt = new TokenPrompt(new int[PromptTokens]) };
        await Task.WhenAll(Enumerable.Range(0, Requests).Select(async _ =>
        {
            while (true)
            {
                await foreach (InferenceChunk chunk in backend.GenerateAsync(request))
                {
                }
            }
        }));
    }

    private static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
            { UseShellExecute = false, RedirectStandardInput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Starts in half the time: the child lives too short for better code.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TieredCompilation"] = "1";
        return Process.Start(start)!;
    }
}
