using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using System.Text;
using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Server.Endpoints;
using ThemisBridge.Server.OpenAi;
using ThemisBridge.Server.Tests.Doubles;
using ThemisBridge.Testing.Faults;

namespace ThemisBridge.Server.Tests.Endpoints;

public sealed class StreamBehaviourTests
{
    private const string Path = "/v1/chat/completions";
    private const string Streamed = """{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true}""";
    private const string Plain = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> BeforeOutput => ["connect", "busy", "prefill"];

    [Theory]
    [MemberData(nameof(BeforeOutput))]
    public async Task Failure_before_the_first_chunk_stays_invisible_when_another_engine_answers(string where)
    {
        var first = new FaultBackend(ServerFixture.Saying("no"));
        first.Next(
            where switch { "connect" => Fault.AtConnect(), "busy" => Fault.Busy(), _ => Fault.BeforeFirstChunk() });
        await using ServerFixture server = await ServerFixture.StartAsync(first, ServerFixture.Saying("yes"));

        IReadOnlyList<string> events = await server.PostStreamAsync(Path, Streamed);

        Assert.Equal("[DONE]", events[^1]);
        Assert.All(events.SkipLast(1), one => Assert.Contains("\"engine\":\"e1\"", one, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failure_before_the_first_chunk_of_the_only_engine_is_an_error_answer_not_a_stream()
    {
        var backend = new FaultBackend(ServerFixture.Saying("no"));
        backend.Next(Fault.BeforeFirstChunk());
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        (System.Net.HttpStatusCode status, JsonElement body) = await server.PostJsonAsync(Path, Streamed);

        Assert.Equal(System.Net.HttpStatusCode.BadGateway, status);
        Assert.Equal("engine_failed", body.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Stream_that_breaks_ends_with_an_error_event_and_no_done()
    {
        var backend = new FaultBackend(ServerFixture.Saying("hello"));
        backend.Next(Fault.AfterChunk(2));
        await using ServerFixture server = await ServerFixture.StartAsync(backend, ServerFixture.Saying("other"));

        IReadOnlyList<string> events = await server.PostStreamAsync(Path, Streamed);

        Assert.DoesNotContain("[DONE]", events);
        JsonElement error = JsonDocument.Parse(events[^1]).RootElement.GetProperty("error");
        Assert.Equal("connection_lost", error.GetProperty("code").GetString());
        Assert.DoesNotContain(events, one => one.Contains("\"finish_reason\":\"stop\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Plain, 0)]
    [InlineData(Streamed, 0)]
    [InlineData(Streamed, 2)]
    public async Task Client_that_hangs_up_ends_the_request_in_the_engine(string json, int afterChunks)
    {
        var backend = new FaultBackend(ServerFixture.Saying("hello"));
        backend.Next(Fault.Stall(afterChunks));
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        using (Socket client = await server.SendRawAsync(Path, json))
        {
            await EventuallyAsync(() => backend.Running == 1, "the request never reached the engine");
            if (afterChunks > 0)
            {
                byte[] seen = new byte[64];
                Assert.NotEqual(0, await client.ReceiveAsync(seen, Token));
            }
        }

        await EventuallyAsync(() => backend.Cancelled == 1, "the engine was not told that the client went");
    }

    [Fact]
    public async Task Client_that_does_not_read_stops_the_engine_within_a_bound()
    {
        int made = 0;
        InferenceChunk chunk = new() { Text = new string('x', 1024) };
        IEnumerable<InferenceChunk> Endless(InferenceRequest request)
        {
            yield return chunk with { Start = new GenerationStart { Model = "m" } };
            while (true)
            {
                Interlocked.Increment(ref made);
                yield return chunk;
            }
        }

        var backend = new FaultBackend(new ScriptedBackend(ServerFixture.Saying("x").Descriptor, Endless));
        await using ServerFixture server = await ServerFixture.StartAsync(backend);

        using (Socket client = await server.SendRawAsync(Path, Streamed))
        {
            int before = -1;
            await EventuallyAsync(
                () => made > 0 && Interlocked.Exchange(ref before, Volatile.Read(ref made)) == Volatile.Read(ref made),
                "the engine never stopped", TimeSpan.FromMilliseconds(300));
            Assert.InRange(made, 1, 16 * 1024);
        }

        await EventuallyAsync(() => backend.Running == 0, "the engine went on after the client had gone");
    }

    [Fact]
    public async Task Frozen_engine_is_ended_by_the_idle_budget_with_an_error_event()
    {
        var backend = new FaultBackend(ServerFixture.Saying("hello"));
        backend.Next(Fault.Stall(2));
        await using ServerFixture server = await ServerFixture.StartAsync(
            [backend], options => options.Limits.IdleTimeout = TimeSpan.FromMilliseconds(200));

        IReadOnlyList<string> events = await server.PostStreamAsync(Path, Streamed);

        Assert.Contains("deadline_exceeded", events[^1], StringComparison.Ordinal);
        Assert.Equal(1, backend.Cancelled);
    }

    [Fact]
    public async Task Events_that_are_ready_together_travel_in_one_write()
    {
        var body = new CountingBody();
        var context = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddSingleton(TestDrain.Create()).BuildServiceProvider(),
        };
        context.Features.Set<IHttpResponseBodyFeature>(body);
        InferenceChunk[] answer =
        [
            new() { Start = new GenerationStart { Model = "m" }, Text = "a" },
            .. Enumerable.Repeat(new InferenceChunk { Text = "b" }, 50),
            new() { End = new GenerationEnd(FinishReason.Stop, default) },
        ];
        var request = new OpenAiRequest(
            new InferenceRequest { Model = "m", Prompt = new TextPrompt("x") }, IsChat: true, IncludeUsage: false);
        using var format = new ChatFormat(request, "id", 1);

        await AnswerStream.WriteAsync(context, new ReadyBridge(answer), request, format);

        string text = Encoding.UTF8.GetString(body.Written);
        Assert.Equal(54, text.Split("data: ").Length - 1);
        Assert.Equal(1, body.Flushes);
    }

    private static async Task EventuallyAsync(Func<bool> condition, string otherwise, TimeSpan? every = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(every ?? TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, otherwise);
            await timer.WaitForNextTickAsync(Token);
        }
    }
}
