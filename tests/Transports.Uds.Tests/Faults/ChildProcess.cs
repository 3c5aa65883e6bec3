using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Uds.Tests.Faults;

/// <summary>This program as a child process: a listener or a client that can be killed, or run as another
/// user.</summary>
internal static class ChildProcess
{
    /// <summary>The first argument that makes this program a child.</summary>
    public const string Word = "--child";

    /// <summary>How many requests a child client keeps open.</summary>
    public const int Requests = 8;

    /// <summary>The child could do what it was started for.</summary>
    public const int Fine = 0;

    // Above what shells and runtimes use.
    private const int FailureBase = 100;

    /// <summary>Starts a listener around an engine that stalls after one token.</summary>
    public static Process Listener(string path) => Start([Word, "listen", path]);

    /// <summary>Starts a client that keeps requests open.</summary>
    public static Process Client(string path) => Start([Word, "ask", path]);

    /// <summary>Runs a client as another user, which connects once. Null when this user cannot do that.</summary>
    public static async Task<int?> ConnectAsAsync(
        uint uid, uint gid, string path, string? token, CancellationToken cancellationToken)
    {
        if (Environment.UserName != "root" || !File.Exists("/usr/bin/setpriv"))
        {
            return null;
        }

        // Who cannot reach this program cannot run it either.
        using Process probe = Start(
            ["--reuid", $"{uid}", "--regid", $"{gid}", "--clear-groups", "test", "-x", Environment.ProcessPath!], "/usr/bin/setpriv");
        await probe.WaitForExitAsync(cancellationToken);
        if (probe.ExitCode != 0)
        {
            return null;
        }

        using Process child = Start(
            ["--reuid", $"{uid}", "--regid", $"{gid}", "--clear-groups", Environment.ProcessPath!, Word, "connect", path, token ?? ""],
            "/usr/bin/setpriv");
        await child.WaitForExitAsync(cancellationToken);
        return child.ExitCode;
    }

    /// <summary>The exit code of a child that failed like this.</summary>
    public static int CodeOf(BridgeFailure failure) => FailureBase + (int)failure;

    /// <summary>Plays a part.</summary>
    public static async Task<int> RunAsync(string[] part)
    {
        switch (part)
        {
            case ["listen", string path]:
                await ListenAsync(path);
                return Fine;
            case ["ask", string path]:
                await AskAsync(path);
                return Fine;
            case ["connect", string path, string token]:
                return await ConnectAsync(path, token.Length == 0 ? null : token);
            default:
                return FailureBase - 1;
        }
    }

    private static async Task ListenAsync(string path)
    {
        var engine = new ScriptedEngine { Answer = (request, token) => Chunks.ThenStall(request.Priority, token) };
        await using var listener = new UdsListener(
            new UdsListenerOptions { Path = path }, engine, NullLogger<UdsListener>.Instance);
        listener.Start();
        await OrphanedAsync();
    }

    private static async Task AskAsync(string path)
    {
        await using UdsBackend backend = Backends.To(path);
        await Task.WhenAny(OrphanedAsync(), Task.WhenAll(Enumerable.Range(0, Requests).Select(async i =>
        {
            await foreach (InferenceChunk chunk in backend.GenerateAsync(new InferenceRequest
            {
                Model = "m",
                Prompt = new TokenPrompt(new[] { 1 }),
            }))
            {
            }
        })));
    }

    // Completes when whoever started this child is gone, and with it the other end of the pipe.
    private static async Task OrphanedAsync()
    {
        using var pipe = new SafeFileHandle(0, ownsHandle: false);
        await using var input = new FileStream(pipe, FileAccess.Read, bufferSize: 0);
        _ = await input.ReadAsync(new byte[1]);
    }

    private static async Task<int> ConnectAsync(string path, string? token)
    {
        await using UdsBackend backend = Backends.To(path, options => options.PeerUids.Add(0), token);
        try
        {
            await foreach (InferenceChunk _ in backend.GenerateAsync(new InferenceRequest
            {
                Model = "m",
                Prompt = new TokenPrompt(new[] { 1 }),
            }))
            {
            }

            return Fine;
        }
        catch (BridgeException e)
        {
            return CodeOf(e.Failure);
        }
    }

    private static Process Start(IEnumerable<string> arguments, string? program = null)
    {
        var start = new ProcessStartInfo(program ?? Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        };
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
