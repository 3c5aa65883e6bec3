using System.Runtime.InteropServices;
using System.Threading.Channels;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench;

/// <summary>
/// The far side of the measurements: the same executable, started by the harness with the hidden first argument
/// <see cref="Argument"/>. It ends when its input does, so it never outlives the harness.
/// </summary>
public static class BenchPeer
{
    /// <summary>
    /// The hidden first argument. A program that hosts the harness looks for it before anything else.
    /// </summary>
    public const string Argument = "bench-peer";

    private static readonly TimeSpan ServeDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(2);

    /// <summary>Serves what the harness asks for, until the input ends.</summary>
    /// <param name="arguments">What follows <see cref="Argument"/>: the run's directory.</param>
    /// <param name="input">The process's standard input.</param>
    /// <param name="output">The process's standard output.</param>
    /// <param name="cancellationToken">Ends the peer.</param>
    /// <returns>The process's exit code: 0, or 2 for wrong arguments.</returns>
    public static Task<int> RunAsync(
        IReadOnlyList<string> arguments, Stream input, Stream output, CancellationToken cancellationToken) =>
        RunAsync(ScenarioCatalog.All, arguments, input, output, cancellationToken);

    /// <summary>The same for other scenarios than the program's own.</summary>
    internal static async Task<int> RunAsync(
        IReadOnlyList<IScenario> scenarios, IReadOnlyList<string> arguments, Stream input, Stream output,
        CancellationToken cancellationToken)
    {
        if (arguments is not [var directory] || !Directory.Exists(directory))
            return 2;

        // ^C in a terminal reaches this process too; it ends when the harness closes the pipe, never before it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        var ended = new ManualResetEventSlim();
        var lines = Channel.CreateUnbounded<string>();
        StartReading(input, lines.Writer, ended);

        var scopes = new List<ServeScope>();
        var wasTold = false;
        await using var writer = new StreamWriter(output) { AutoFlush = true };
        try
        {
            await foreach (var line in lines.Reader.ReadAllAsync(cancellationToken))
            {
                if (line == PeerLine.End)
                {
                    wasTold = true;
                    break;
                }
                var scope = new ServeScope(directory, scopes.Count);
                scopes.Add(scope);
                var answer = await AnswerAsync(scenarios, line, scope, cancellationToken);
                await writer.WriteAsync((answer + '\n').AsMemory(), cancellationToken);
            }
        }
        finally
        {
            foreach (var file in scopes.SelectMany(scope => scope.Files))
                File.Delete(file);
            if (!wasTold)
                DeleteIfEmpty(directory);
            ended.Set();
        }
        return 0;
    }

    private static async Task<string> AnswerAsync(
        IReadOnlyList<IScenario> scenarios, string line, ServeScope scope, CancellationToken cancellationToken)
    {
        try
        {
            if (line.Split('\t') is not [PeerLine.Serve, var name])
                throw new InvalidOperationException($"this is no request: {line}");
            var subject = scenarios.SelectMany(scenario => new[] { scenario.Ours, scenario.Baseline })
                .SelectMany(subject => subject switch
                {
                    OpenLoopSubject load => [load.Target],
                    BestOf best => best.Candidates,
                    not null => new[] { subject },
                    null => [],
                })
                .OfType<IPeerSubject>().FirstOrDefault(subject => subject.Name == name)
                ?? throw new InvalidOperationException($"nothing is called {name}");
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(ServeDeadline);
            return $"{PeerLine.Ready}\t{await subject.ServeAsync(scope, deadline.Token)}";
        }
        catch (Exception exception)
        {
            // Whatever it is, the harness reports it; this process ends with its input.
            return $"{PeerLine.Failed}\t{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}";
        }
    }

    /// <summary>
    /// Reads lines on a thread of its own: the pool's few threads belong to what is measured. When the input ends and
    /// the process does not follow, this thread ends it.
    /// </summary>
    private static void StartReading(Stream input, ChannelWriter<string> lines, ManualResetEventSlim ended)
    {
        var thread = new Thread(() =>
        {
            using var reader = new StreamReader(input);
            while (reader.ReadLine() is { } line)
                lines.TryWrite(line);
            lines.Complete();
            if (!ended.Wait(ExitGrace))
                Environment.Exit(1);
        })
        {
            IsBackground = true,
            Name = "bench peer input",
        };
        thread.Start();
    }

    private static void DeleteIfEmpty(string directory)
    {
        try
        {
            // The harness was killed, so nobody else removes its directory.
            Directory.Delete(directory);
        }
        catch (IOException)
        {
            // Something of somebody else's lies in it.
        }
    }
}
