using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>How the double stops and dies, beside the recordings of each way.</summary>
public sealed class LifeTests(TinyEngine tiny)
{
    private const string FirstEvent = "\"token_ids\":[768]";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Engine_that_died_quietly_takes_the_server_with_it_when_the_watchdog_looks()
    {
        var time = new FakeTimeProvider();
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, new() { Time = time });
        await server.KillEngineAsync();
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(503, (await RawClient.AskAsync(server, RawClient.Get("/health"), Token)).Status);

        time.Advance(TimeSpan.FromSeconds(0.2));

        await WaitForRefusalAsync(server);
    }

    [Fact]
    public async Task Request_to_a_dead_engine_gets_500_and_hastens_the_end()
    {
        var time = new FakeTimeProvider();
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, new() { Time = time });
        await server.KillEngineAsync();

        RawAnswer answer = await RawClient.AskAsync(server, Prompts.Long(3, stream: true), Token);

        Assert.Equal((500, new RawAnswer(RecordedNames.Set["life-engine-death-plain-long"].Response.Span).Text),
            (answer.Status, answer.Text));
        time.Advance(TimeSpan.FromSeconds(0.4));
        await WaitForRefusalAsync(server);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_server_ends_streams_without_terminator_and_waiting_answers_without_a_byte(bool isUnix)
    {
        string recording = isUnix ? "life-kill-uds" : "life-kill-tcp";
        string path = Path.Combine(Path.GetTempPath(), $"double-{Environment.ProcessId}-{recording}.sock");
        VllmDoubleOptions options = Slow(RecordedServers.Of(recording)) with { UnixSocketPath = isUnix ? path : null };
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, options);
        using RawClient stream = await RawClient.ConnectAsync(server, Token);
        await stream.SendAsync(RecordedNames.Set[$"{recording}-stream-short"].Request, Token);
        await stream.ReadUntilAsync(FirstEvent, Token);
        Task<RawAnswer> plain = RawClient.AskAsync(server, RecordedNames.Set[$"{recording}-plain-long"].Request, Token);
        await WaitAsync(() => server.Running == 2);

        await server.KillAsync();

        RawAnswer streamed = await stream.ReadToEndAsync(Token);
        Assert.False(streamed.IsComplete);
        Assert.EndsWith("}]}\n\n", streamed.Chunks[^1], StringComparison.Ordinal);
        Assert.Equal(new RawAnswer(RecordedNames.Set[$"{recording}-stream-short"].Response.Span).HeaderShape,
            streamed.HeaderShape);
        Assert.Equal(0, (await plain).Status);
        Assert.Equal(isUnix, File.Exists(path));
        await WaitForRefusalAsync(server);
        await WaitAsync(() => tiny.Backend.Running == 0);
    }

    [Fact]
    public async Task Drain_aborts_new_completions_fails_new_chats_and_stays_healthy()
    {
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, RecordedServers.Of("life-term-drain"));
        server.Drain(TimeSpan.FromMinutes(1));

        foreach (string name in (string[])["life-term-drain-health-after", "life-term-drain3-health-after",
            "life-term-drain3-request-after"])
        {
            RawAnswer answer = await RawClient.AskAsync(server, RecordedNames.Set[name].Request, Token);
            RawAnswer recorded = new(RecordedNames.Set[name].Response.Span);
            Assert.Equal((recorded.Status, recorded.HeaderShape, JsonShape.Of(recorded)),
                (answer.Status, answer.HeaderShape, JsonShape.Of(answer)));
        }

        RawAnswer completion = await RawClient.AskAsync(server, Prompts.Long(3, stream: false), Token);
        Assert.Contains("\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"abort\"", completion.Text,
            StringComparison.Ordinal);
        RawAnswer chat = await RawClient.AskAsync(server, Prompts.Chat(), Token);
        Assert.Equal(500, chat.Status);
        Assert.Contains("cannot schedule new futures after shutdown", chat.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_lets_what_is_in_time_finish_and_says_nothing_more_to_the_rest()
    {
        var time = new FakeTimeProvider();
        using var steps = new SemaphoreSlim(3);
        ScriptedBackend script = new(ScriptedBackend.Saying("e", "m", "").Descriptor, request =>
            request.Prompt is TextPrompt { Text: "slow" } ? Words(200, steps) : Words(5));
        FaultBackend backend = new FaultBackend(script, time).Next(Fault.None)
            .Next(Fault.Slow(TimeSpan.FromMilliseconds(1)));
        await using VllmDouble server = VllmDouble.Start(backend, new() { Time = time });
        using RawClient slow = await RawClient.ConnectAsync(server, Token);
        await slow.SendAsync(Completion("slow"), Token);
        await slow.ReadUntilAsync("w2.", Token);
        using RawClient quick = await RawClient.ConnectAsync(server, Token);
        await quick.SendAsync(Completion("quick"), Token);
        await quick.ReadUntilAsync("text/event-stream", Token);
        server.Drain(TimeSpan.FromHours(1));
        Task<RawAnswer> finished = quick.ReadToEndAsync(Token);
        while (!finished.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        Assert.True((await finished).IsComplete);
        time.Advance(TimeSpan.FromHours(1));
        await WaitForRefusalAsync(server);
        // The engine goes on to its end, and none of it is heard of.
        steps.Release(197);
        await WaitAsync(() => server.Running == 0);
        await server.KillAsync();
        RawAnswer silent = await slow.ReadToEndAsync(Token);
        Assert.Equal((3, false), (silent.Events.Count, silent.IsComplete));
    }

    [Fact]
    public async Task Dead_engine_is_met_only_by_what_needs_it()
    {
        var time = new FakeTimeProvider();
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, new() { Time = time });
        await server.KillEngineAsync();
        foreach ((string path, int status) in ((string, int)[])[("/tokenize", 200), ("/nowhere", 404),
            ("/v1/completions", 400)])
        {
            byte[] request = RawClient.Post(path, path == "/tokenize" ? """{"prompt":"hi"}""" : "{}");
            Assert.Equal(status, (await RawClient.AskAsync(server, request, Token)).Status);
        }

        // As long as the watchdog has not looked, it stands.
        time.Advance(TimeSpan.FromSeconds(4.9));
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(503, (await RawClient.AskAsync(server, RawClient.Get("/health"), Token)).Status);
        }

        time.Advance(TimeSpan.FromSeconds(0.2));
        await WaitForRefusalAsync(server);
    }

    [Fact]
    public async Task Used_connection_is_closed_without_notice_after_five_seconds_and_a_new_one_is_not()
    {
        var time = new FakeTimeProvider();
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, new() { Time = time });
        using RawClient fresh = await RawClient.ConnectAsync(server, Token);
        using RawClient used = await RawClient.ConnectAsync(server, Token);
        await used.SendAsync("GET /health HTTP/1.1\r\nHost: vllm.test\r\n\r\n"u8.ToArray(), Token);
        await used.ReadUntilAsync("\r\n\r\n", Token);
        Assert.DoesNotContain("connection: close", used.SoFar().Headers);

        Task<bool> more = used.ReadAsync(Token);
        while (!more.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        Assert.False(await more);
        await fresh.SendAsync(RawClient.Get("/health"), Token);
        Assert.Equal(200, (await fresh.ReadToEndAsync(Token)).Status);
    }

    private static byte[] Completion(string prompt) => RawClient.Post(
        "/v1/completions", $$"""{"model":"m","prompt":"{{prompt}}","stream":true}""");

    // Each word waits until it is allowed, where there is somebody to ask.
    private static IEnumerable<InferenceChunk> Words(int count, SemaphoreSlim? allowed = null)
    {
        for (int i = 0; i < count; i++)
        {
            allowed?.Wait(Token);
            yield return new InferenceChunk
            {
                Text = $"w{i}.",
                End = i == count - 1 ? new GenerationEnd(FinishReason.Stop, new TokenUsage(1, null, count)) : null,
            };
        }
    }

    private static VllmDoubleOptions Slow(VllmDoubleOptions options) =>
        options with { TokenDelay = TimeSpan.FromMilliseconds(20) };

    private static async Task WaitForRefusalAsync(VllmDouble server)
    {
        while (true)
        {
            try
            {
                using RawClient client = await RawClient.ConnectAsync(server, Token);
            }
            catch (System.Net.Sockets.SocketException)
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
