using System.Text.Json;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>Admission: headers before it, comments while waiting, the limit of the queue, and what a client's leaving
/// does.</summary>
public sealed class QueueTests(TinyEngine tiny)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Head_of_a_stream_comes_before_its_slot_and_comments_while_it_waits()
    {
        var options = new VllmDoubleOptions
        {
            MaxModelLength = 512,
            MaxRunning = 1,
            TokenDelay = TimeSpan.FromMilliseconds(5),
            KeepAliveComments = TimeSpan.FromMilliseconds(20),
        };
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, options);
        using RawClient first = await RawClient.ConnectAsync(server, Token);
        await first.SendAsync(Prompts.Long(400), Token);
        await first.ReadUntilAsync("data: ", Token);
        using RawClient second = await RawClient.ConnectAsync(server, Token);
        await second.SendAsync(RecordedNames.Set["H-keepalive-comments"].Request, Token);
        await second.ReadUntilAsync(": keep-alive", Token);
        Assert.Equal((200, 1, 1), (second.SoFar().Status, server.Running, server.Waiting));
        Assert.Empty(second.SoFar().Events);

        first.Dispose();

        RawAnswer recorded = new(RecordedNames.Set["H-keepalive-comments"].Response.Span);
        RawAnswer answer = await second.ReadToEndAsync(Token);
        Assert.Equal(recorded.HeaderShape, answer.HeaderShape);
        Assert.Equal(JsonShape.Of(recorded), JsonShape.Of(answer));
    }

    [Fact]
    public async Task Full_queue_refuses_as_recorded_and_takes_requests_again()
    {
        VllmDoubleOptions options = RecordedServers.Of("Q-overflow") with { TokenDelay = TimeSpan.FromMilliseconds(5) };
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, options);
        var running = new List<RawClient>();
        for (int i = 0; i < 3; i++)
        {
            running.Add(await RawClient.ConnectAsync(server, Token));
            await running[i].SendAsync(Prompts.Long(400), Token);
            await running[i].ReadUntilAsync("text/event-stream", Token);
        }

        foreach (string name in RecordedNames.All.Where(name => name.StartsWith("Q-overflow", StringComparison.Ordinal)))
        {
            RawAnswer recorded = new(RecordedNames.Set[name].Response.Span);
            RawAnswer answer = await RawClient.AskAsync(server, RecordedNames.Set[name].Request, Token);
            Assert.Equal((name, recorded.Status, recorded.HeaderShape, recorded.Text),
                (name, answer.Status, answer.HeaderShape, answer.Text));
        }

        running.ForEach(client => client.Dispose());
        await WaitAsync(() => server.Running + server.Waiting == 0);
        RawAnswer after = await RawClient.AskAsync(server, RecordedNames.Set["Q-after"].Request, Token);
        Assert.Equal(200, after.Status);
    }

    [Fact]
    public async Task Client_that_leaves_stops_the_engine()
    {
        var options = new VllmDoubleOptions { MaxModelLength = 2048, TokenDelay = TimeSpan.FromMilliseconds(1) };
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, options);
        int before = tiny.Backend.Cancelled;
        using (RawClient client = await RawClient.ConnectAsync(server, Token))
        {
            await client.SendAsync(RecordedNames.Set["D-disconnect-stream"].Request, Token);
            await client.ReadUntilAsync("\"token_ids\":[395]", Token);
            Assert.Equal(new RawAnswer(RecordedNames.Set["D-disconnect-stream"].Response.Span).HeaderShape,
                client.SoFar().HeaderShape);
        }

        await WaitAsync(() => server.Running == 0 && tiny.Backend.Cancelled > before);
    }

    [Fact]
    public async Task Half_close_counts_as_leaving_and_gets_no_byte()
    {
        var options = new VllmDoubleOptions { MaxModelLength = 2048, TokenDelay = TimeSpan.FromMilliseconds(5) };
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, options);
        using RawClient client = await RawClient.ConnectAsync(server, Token);
        await client.SendAsync(Prompts.Long(100, stream: false), Token);
        client.HalfClose();

        Assert.Equal(0, (await client.ReadToEndAsync(Token)).Status);
    }

    [Theory]
    [InlineData("F-abort-victim-raw", "F-abort-raw", false)]
    [InlineData("F-abort-victim-prefixed", "F-abort-prefixed", true)]
    [InlineData("F-abort-victim-completion", "F-abort-completion", true)]
    [InlineData("F-abort-victim-completion-noindex", "F-abort-completion-noindex", false)]
    [InlineData("F-abort-victim-chat", "F-abort-chat", true)]
    [InlineData("F-abort-victim-completion-nostream", "F-abort-completion-nostream", true)]
    [InlineData("F-abort-victim-generate-nostream", "F-abort-generate-nostream", true)]
    public async Task Abort_by_id_ends_what_the_recorded_one_ended(string victim, string abort, bool isAborted)
    {
        VllmDoubleOptions options = RecordedServers.Of(victim) with { TokenDelay = TimeSpan.FromMilliseconds(1) };
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, options);
        using RawClient client = await RawClient.ConnectAsync(server, Token);
        await client.SendAsync(RecordedNames.Set[victim].Request, Token);
        RawAnswer metrics;
        do
        {
            metrics = await RawClient.AskAsync(server, RawClient.Get("/metrics"), Token);
        }
        while (metrics.Text.Contains("generation_tokens_total{engine=\"0\",model_name=\"themis-tiny\"} 0.0")
            || metrics.Text.Contains("generation_tokens_total{engine=\"0\",model_name=\"themis-tiny\"} 1.0"));

        Assert.Equal(200, (await RawClient.AskAsync(server, RecordedNames.Set[abort].Request, Token)).Status);

        RawAnswer recorded = new(RecordedNames.Set[victim].Response.Span);
        RawAnswer answer = await client.ReadToEndAsync(Token);
        Assert.Equal((recorded.Status, recorded.HeaderShape), (answer.Status, answer.HeaderShape));
        string last = answer.IsChunked ? answer.Events[^2] : answer.Text;
        Assert.Equal(JsonShape.Of(recorded.IsChunked ? recorded.Events[^2] : recorded.Text)
            .Replace("token_ids:[]", "token_ids:[number]", StringComparison.Ordinal),
            JsonShape.Of(last).Replace("token_ids:[]", "token_ids:[number]", StringComparison.Ordinal));
        JsonElement choice = JsonDocument.Parse(last).RootElement.GetProperty("choices")[0];
        Assert.Equal(isAborted ? "abort" : "length", choice.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Same_prompt_again_is_told_as_cached_by_whole_blocks()
    {
        VllmDoubleOptions options = RecordedServers.Of("F-chat-cached");
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, options);
        ReadOnlyMemory<byte> request = RecordedNames.Set["F-chat-cached"].Request;

        RawAnswer first = await RawClient.AskAsync(server, request, Token);
        RawAnswer second = await RawClient.AskAsync(server, request, Token);

        Assert.Contains("\"cached_tokens\":0,", first.Text, StringComparison.Ordinal);
        Assert.Contains("\"cached_tokens\":256,", second.Text, StringComparison.Ordinal);
        RawAnswer metrics = await RawClient.AskAsync(server, RawClient.Get("/metrics"), Token);
        Assert.Contains("vllm:prefix_cache_hits_total{engine=\"0\",model_name=\"themis-tiny\"} 256.0", metrics.Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A-metrics-before")]
    [InlineData("A-metrics-after")]
    [InlineData("B-open-metrics")]
    public async Task Metrics_have_names_and_labels_that_the_recorded_server_has(string name)
    {
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, RecordedServers.Of(name));

        RawAnswer answer = await RawClient.AskAsync(server, RecordedNames.Set[name].Request, Token);

        RawAnswer recorded = new(RecordedNames.Set["A-metrics-after"].Response.Span);
        Assert.Equal((recorded.Status, recorded.HeaderShape), (answer.Status, answer.HeaderShape));
        string[] samples = [.. answer.Text.Split('\n').Where(line => line.StartsWith("vllm:", StringComparison.Ordinal))
            .Select(line => line[..line.LastIndexOf(' ')])];
        Assert.True(samples.Length >= 15);
        string[] unknown = [.. samples.Where(sample =>
            !recorded.Text.Contains('\n' + sample + ' ', StringComparison.Ordinal))];
        Assert.Empty(unknown);
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
