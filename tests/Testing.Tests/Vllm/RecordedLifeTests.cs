using System.Net.Sockets;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>Every recorded exchange with a server that stops or dies: the double, brought into the same state at the
/// same moment, answers it in the recorded shape.</summary>
public sealed class RecordedLifeTests(TinyEngine tiny)
{
    private const string SecondEvent = "\"prompt_token_ids\":null,\"token_ids\":[";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Running => [.. Names.Where(IsRunning)];

    public static TheoryData<string> Asked => [.. Names.Where(name => !IsRunning(name))];

    private static IEnumerable<string> Names =>
        RecordedNames.All.Where(name => name.StartsWith("life-", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Running))]
    public async Task Request_that_runs_at_the_event_is_ended_as_recorded(string name)
    {
        RecordedExchange exchange = RecordedNames.Set[name];
        var recorded = new RawAnswer(exchange.Response.Span);
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, OptionsOf(name) with
        {
            TokenDelay = TimeSpan.FromMilliseconds(2),
        });
        using RawClient client = await RawClient.ConnectAsync(server, Token);
        await client.SendAsync(exchange.Request, Token);
        await (recorded.IsChunked ? client.ReadUntilAsync(SecondEvent, Token) : WaitAsync(() => server.Running == 1));

        await EndAsync(server, name);

        AssertSameShape(recorded, await client.ReadToEndAsync(Token));
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task Request_behind_the_event_is_answered_as_recorded(string name)
    {
        RecordedExchange exchange = RecordedNames.Set[name];
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, OptionsOf(name));
        // The one that came in the moment before the front end knew is answered as ever.
        if (name != "life-engine-death-quiet-health-200")
        {
            await EndAsync(server, name);
        }

        RawAnswer answer = await RawClient.AskAsync(server, exchange.Request, Token);

        AssertSameShape(new RawAnswer(exchange.Response.Span), answer);
    }

    private static void AssertSameShape(RawAnswer recorded, RawAnswer answer) => Assert.Equal(
        (recorded.Status, recorded.HeaderShape, JsonShape.Of(recorded)),
        (answer.Status, answer.HeaderShape, JsonShape.Of(answer)));

    private static bool IsRunning(string name) =>
        name.Contains("-plain-", StringComparison.Ordinal) || name.Contains("-stream-", StringComparison.Ordinal);

    private static VllmDoubleOptions OptionsOf(string name) => RecordedServers.Of(name) with
    {
        ApiKey = name.StartsWith("life-term-default", StringComparison.Ordinal) ? "k-test" : null,
    };

    private static async Task EndAsync(VllmDouble server, string name)
    {
        switch (name.Split('-') is [_, var how, var what, ..] ? (how, what) : default)
        {
            case ("engine", _):
                await server.KillEngineAsync();
                break;
            case ("kill", _):
                await server.KillAsync();
                break;
            case ("term", "default"):
                await server.TerminateAsync();
                break;
            case ("term", _) when IsRunning(name) && name.EndsWith("-long", StringComparison.Ordinal):
                server.Drain(TimeSpan.FromMilliseconds(50));
                await WaitForRefusalAsync(server);
                // Not a byte comes any more; whoever recorded it gave up.
                await server.KillAsync();
                break;
            default:
                server.Drain(TimeSpan.FromHours(1));
                break;
        }
    }

    private static async Task WaitForRefusalAsync(VllmDouble server)
    {
        while (true)
        {
            try
            {
                using RawClient client = await RawClient.ConnectAsync(server, Token);
            }
            catch (SocketException)
            {
                return;
            }

            await Task.Yield();
        }
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
