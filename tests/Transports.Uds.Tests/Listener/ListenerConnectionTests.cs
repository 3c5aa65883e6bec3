using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests.Listener;

/// <summary>A listener against clients that do what no client should, and what many do at once.</summary>
public sealed class ListenerConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<string, JsonElement> BadFrames = JsonDocument
        .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "wire", "frames.fail.json"))).RootElement.EnumerateArray()
        .ToDictionary(vector => vector.GetProperty("name").GetString()!, vector => vector);

    public static TheoryData<string> FromClients => [.. BadFrames
        .Where(vector => vector.Value.GetProperty("from").GetString() == "client"
            && vector.Value.GetProperty("phase").GetString() == "open"
            && vector.Value.GetProperty("failure").GetString() != "connection_lost")
        .Select(vector => vector.Key)];

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(FromClients))]
    public async Task Bad_frame_is_answered_with_its_failure_and_others_go_on(string name)
    {
        JsonElement vector = BadFrames[name];
        await using var fixture = new ListenerFixture(options => options.MaxRequests = WireLimits.MaxRequests);
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        await client.SendAsync(Convert.FromHexString(vector.GetProperty("hex").GetString()!));
        byte[] frame = await client.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
        Assert.Equal(vector.GetProperty("failure").GetString(), Word(error.Code));
        bool endsConnection = vector.GetProperty("scope").GetString() == "connection";
        Assert.Equal(endsConnection, error.Handle == 0);
        if (endsConnection)
        {
            await client.UntilClosedAsync().WaitAsync(Patience, Ending);
        }
        else
        {
            await client.SendAsync(output => PingFrame.Write(output, FrameType.Ping, 3));
            await client.ReadAsync(FrameType.Pong).WaitAsync(Patience, Ending);
        }

        Assert.Empty(fixture.Engine.Requests);
    }

    [Fact]
    public async Task Request_that_comes_byte_by_byte_and_two_in_one_piece_are_served()
    {
        await using var fixture = new ListenerFixture();
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        byte[] frame = Write(output => RequestWriter.Write(output, 1, ListenerFixture.Request(), 100));
        foreach (byte one in frame)
        {
            await client.SendAsync(new[] { one });
        }

        await client.ReadAsync(FrameType.End).WaitAsync(Patience, Ending);
        await client.SendAsync(output =>
        {
            RequestWriter.Write(output, 1, ListenerFixture.Request(), 100);
            RequestWriter.Write(output, 2, ListenerFixture.Request(), 100);
        });
        await client.ReadAsync(FrameType.End).WaitAsync(Patience, Ending);
        await client.ReadAsync(FrameType.End).WaitAsync(Patience, Ending);
        Assert.Equal(3, fixture.Engine.Requests.Count);
    }

    [Fact]
    public async Task Credit_beyond_its_limit_ends_the_connection()
    {
        await using var fixture = new ListenerFixture();
        fixture.Engine.Answer = (_, token) => Chunks.ThenStall(0, token);
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        await client.SendAsync(
            output => RequestWriter.Write(output, 1, ListenerFixture.Request(), WireLimits.MaxCredit));
        await client.SendAsync(output => CreditFrame.Write(output, 1, 1));
        byte[] frame = await client.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
        Assert.Equal((0u, FailureCode.ProtocolViolation), (error.Handle, error.Code));
        await fixture.Engine.OneCancelled(Patience);
    }

    [Fact]
    public async Task Nothing_is_sent_beyond_the_credit_until_more_comes()
    {
        await using var fixture = new ListenerFixture();
        fixture.Engine.Answer = (_, _) => Chunks.Of([new InferenceChunk
        {
            Start = Chunks.Start,
            TokenIds = Enumerable.Range(0, 10).ToArray(),
            End = Chunks.End(10),
        }]);
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        await client.SendAsync(output => RequestWriter.Write(output, 1, ListenerFixture.Request(), 4));
        Assert.Equal(new[] { 0, 1, 2, 3 }, IdsOf(await client.ReadAsync(FrameType.Step).WaitAsync(Patience, Ending)));
        await client.SendAsync(output => PingFrame.Write(output, FrameType.Ping, 1));
        Assert.Equal(FrameType.Pong, (await client.ReadAsync().WaitAsync(Patience, Ending)).Type);
        await client.SendAsync(output => CreditFrame.Write(output, 1, 1));
        Assert.Equal(new[] { 4 }, IdsOf(await client.ReadAsync(FrameType.Step).WaitAsync(Patience, Ending)));
        await client.SendAsync(output => CreditFrame.Write(output, 1, 100));
        Assert.Equal(
            new[] { 5, 6, 7, 8, 9 }, IdsOf(await client.ReadAsync(FrameType.Step).WaitAsync(Patience, Ending)));
        await client.ReadAsync(FrameType.End).WaitAsync(Patience, Ending);
    }

    [Fact]
    public async Task Rows_of_one_step_travel_in_few_frames()
    {
        const int streams = 16;
        const int steps = 50;
        await using var fixture = new ListenerFixture();
        var clock = new StepClock(streams);
        fixture.Engine.Answer = (_, token) => clock.AnswerAsync(steps, token);
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        await client.SendAsync(output =>
        {
            for (uint handle = 1; handle <= streams; handle++)
            {
                RequestWriter.Write(output, handle, ListenerFixture.Request(), 1000);
            }
        });
        int frames = 0;
        int rows = 0;
        for (int ended = 0; ended < streams;)
        {
            (FrameType type, byte[] frame) = await client.ReadAsync().WaitAsync(Patience, Ending);
            ended += type == FrameType.End ? 1 : 0;
            if (type == FrameType.Step)
            {
                Assert.Null(StepFrame.Read(frame, out StepFrame step));
                frames++;
                rows += step.RowCount;
            }
        }

        Assert.Equal(streams * steps, rows);
        Assert.True(frames < rows / 3, $"{frames} frames for {rows} rows");
    }

    [Fact]
    public async Task Client_that_reads_nothing_is_given_up_and_does_not_stop_others()
    {
        await using var fixture = new ListenerFixture(options =>
        {
            options.PingAfter = TimeSpan.FromMilliseconds(100);
            options.SilenceTimeout = TimeSpan.FromMilliseconds(500);
        });
        fixture.Engine.Answer = (request, token) => request.Priority == 1
            ? Chunks.Endless(token) : Chunks.Of(Chunks.Tokens(5));
        using RawPeer deaf = await RawPeer.ClientAsync(fixture.Path);
        await deaf.SendAsync(output => RequestWriter.Write(
            output, 1, ListenerFixture.Request(1) with { Output = OutputParts.Text }, WireLimits.MaxCredit));
        await using UdsBackend other = Backends.To(fixture.Path);
        Assert.Equal(5, (await ListenerFixture.ReadAsync(other, ListenerFixture.Request())).Length);
        await fixture.Engine.OneCancelled(Patience);
        Assert.Equal(5, (await ListenerFixture.ReadAsync(other, ListenerFixture.Request())).Length);
    }

    [Fact]
    public async Task Bytes_of_open_requests_are_limited_and_given_back()
    {
        await using var fixture = new ListenerFixture(options => options.MaxOpenRequestBytes = 10_000);
        fixture.Engine.Answer = (request, token) => request.Priority == 1
            ? Chunks.ThenStall(0, token) : Chunks.Of(Chunks.Tokens(1));
        await using UdsBackend backend = Backends.To(fixture.Path);
        InferenceRequest large = ListenerFixture.Request() with { Prompt = new TokenPrompt(new int[2000]) };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        IAsyncEnumerator<InferenceChunk> holding =
            backend.GenerateAsync(large with { Priority = 1 }, leaving.Token).GetAsyncEnumerator(Ending);
        Task<bool> waiting = holding.MoveNextAsync().AsTask();
        await fixture.Engine.OneBegun(Patience);
        BridgeException failure =
            await Assert.ThrowsAsync<BridgeException>(() => ListenerFixture.ReadAsync(backend, large));
        Assert.Equal((BridgeFailure.Busy, FailureStage.Admit), (failure.Failure, failure.Stage));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await holding.DisposeAsync();
        await fixture.Engine.OneLeft(Patience);
        while (true)
        {
            try
            {
                Assert.Single(await ListenerFixture.ReadAsync(backend, large));
                break;
            }
            catch (BridgeException e) when (e.Failure == BridgeFailure.Busy)
            {
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Budgets_are_kept_by_the_listener_itself()
    {
        await using var fixture = new ListenerFixture();
        fixture.Engine.Answer = (request, token) => Chunks.ThenStall(request.Priority, token);
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        var budgets = new DeadlineBudgets
            { Total = TimeSpan.FromMilliseconds(150), FirstToken = TimeSpan.FromMilliseconds(50) };
        await client.SendAsync(output =>
        {
            RequestWriter.Write(output, 1, ListenerFixture.Request(0) with { Deadlines = budgets }, 10);
            RequestWriter.Write(output, 2, ListenerFixture.Request(1) with { Deadlines = budgets }, 10);
        });
        byte[] first = await client.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        byte[] second = await client.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        Assert.Equal((1u, FailureCode.DeadlineExceeded, StageCode.Admit), Told(first));
        Assert.Equal((2u, FailureCode.DeadlineExceeded, StageCode.Stream), Told(second));
        await fixture.Engine.OneCancelled(Patience);
        await fixture.Engine.OneCancelled(Patience);
    }

    [Fact]
    public async Task Two_clients_do_not_see_each_other()
    {
        await using var fixture = new ListenerFixture();
        fixture.Engine.Answer = (request, _) => Chunks.Of(Chunks.Tokens(100, request.Priority * 1000));
        await using UdsBackend first = Backends.To(fixture.Path);
        await using UdsBackend second = Backends.To(fixture.Path);
        int[][] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(
            i => ListenerFixture.ReadAsync(i % 2 == 0 ? first : second, ListenerFixture.Request(i))))
                .WaitAsync(Patience, Ending);
        Assert.All(answers.Index(), answer => Assert.Equal(Enumerable.Range(answer.Index * 1000, 100), answer.Item));
        Assert.Equal(2, fixture.Listener.ConnectionCount);
    }

    [Fact]
    public async Task Adapters_are_loaded_listed_and_unloaded_over_the_socket()
    {
        await using var fixture = new ListenerFixture();
        await using UdsBackend backend = Backends.To(fixture.Path);
        var source = new AdapterSource { Model = "m", Name = "de", PeftPath = "adapters/de", Scale = 0.5f, Digest = "00ff" };
        await backend.LoadAdapterAsync(source, Ending);
        Assert.Equal(source, Assert.Single(await backend.ListAdaptersAsync("m", Ending)));
        Assert.True(await backend.UnloadAdapterAsync("m", "de", Ending));
        Assert.False(await backend.UnloadAdapterAsync("m", "de", Ending));
    }

    [Fact]
    public async Task Stopped_listener_leaves_no_file_and_ends_its_connections()
    {
        var fixture = new ListenerFixture();
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        string path = fixture.Path;
        // It has answered the handshake before it counts the connection among those it says goodbye to.
        await client.SendAsync(output => PingFrame.Write(output, FrameType.Ping, 1));
        await client.ReadAsync(FrameType.Pong).WaitAsync(Patience, Ending);
        await fixture.Listener.StopAsync(Patience, Ending);
        await client.ReadAsync(FrameType.GoAway).WaitAsync(Patience, Ending);
        await client.UntilClosedAsync().WaitAsync(Patience, Ending);
        Assert.False(File.Exists(path));
        await fixture.DisposeAsync();
    }

    private static string Word(FailureCode code) => string.Concat(
        code.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : $"{c}"));

    private static (uint, FailureCode, StageCode) Told(byte[] frame)
    {
        Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
        return (error.Handle, error.Code, error.Stage);
    }

    private static int[] IdsOf(byte[] frame)
    {
        Assert.Null(StepFrame.Read(frame, out StepFrame step));
        var ids = new List<int>();
        foreach (StepRow row in step)
        {
            ids.AddRange(row.Ids);
        }

        return [.. ids];
    }

    private static byte[] Write(Action<System.Buffers.IBufferWriter<byte>> write)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }
}
