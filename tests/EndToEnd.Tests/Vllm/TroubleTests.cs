using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.EndToEnd.Tests.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.EndToEnd.Tests.Vllm;

/// <summary>What a bridge makes of a vLLM that drains, dies, freezes, is full or refuses its key.</summary>
public sealed class TroubleTests(TinyDouble tiny) : IClassFixture<TinyDouble>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Sockets => ["tcp", "tls", "unix"];

    [Theory]
    [MemberData(nameof(Sockets))]
    public async Task Leaving_a_stream_ends_the_request_in_the_engine(string socket)
    {
        await using VllmDouble server = tiny.Start(socket, Slow);
        await using ServiceProvider services = tiny.Bridge(server.Address);
        int before = tiny.Engine.Cancelled;
        await foreach (InferenceChunk _ in services.GetRequiredService<IThemisBridge>().GenerateAsync(Endless, Token))
        {
            break;
        }

        await WaitAsync(() => tiny.Engine.Cancelled > before && server.Running == 0);
    }

    [Theory]
    [MemberData(nameof(Sockets))]
    public async Task Cancelling_before_the_first_token_ends_the_request_in_the_engine(string socket)
    {
        await using VllmDouble server = tiny.Start(
            socket, options => options with { TokenDelay = TimeSpan.FromMinutes(1) });
        await using ServiceProvider services = tiny.Bridge(server.Address);
        int before = tiny.Engine.Cancelled;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task answer = services.GetRequiredService<IThemisBridge>().CompleteAsync(Endless, cancel.Token);
        await WaitAsync(() => server.Running == 1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await WaitAsync(() => tiny.Engine.Cancelled > before && server.Running == 0);
    }

    [Theory]
    [InlineData("drain", BridgeFailure.Draining)]
    [InlineData("engine", BridgeFailure.EngineFailed)]
    [InlineData("kill", BridgeFailure.ConnectionFailed)]
    [InlineData("full", BridgeFailure.Busy)]
    [InlineData("key", BridgeFailure.Unauthorized)]
    public async Task Server_in_trouble_is_told_by_its_failure(string trouble, BridgeFailure failure)
    {
        await using VllmDouble server = await StartAsync(trouble);
        await using ServiceProvider services = tiny.Bridge(server.Address);

        BridgeException told = await Assert.ThrowsAsync<BridgeException>(() =>
            services.GetRequiredService<IThemisBridge>().CompleteAsync(Short, Token));

        Assert.Equal(failure, told.Failure);
    }

    [Theory]
    [InlineData("drain")]
    [InlineData("engine")]
    [InlineData("kill")]
    [InlineData("full")]
    [InlineData("key")]
    public async Task Server_in_trouble_is_passed_by(string trouble)
    {
        await using VllmDouble first = await StartAsync(trouble);
        await using VllmDouble second = tiny.Start("unix");
        await using ServiceProvider services = tiny.Bridge(first.Address, second.Address);

        InferenceResult result = await services.GetRequiredService<IThemisBridge>().CompleteAsync(Short, Token);

        Assert.Equal((TinyModel.Questions[0].English, "vllm-1"), (result.Text, result.Start.Engine));
    }

    [Theory]
    [InlineData("engine", BridgeFailure.EngineFailed)]
    [InlineData("term", BridgeFailure.EngineFailed)]
    [InlineData("kill", BridgeFailure.ConnectionLost)]
    public async Task Stream_that_a_death_cuts_fails_and_is_no_short_answer(string death, BridgeFailure failure)
    {
        await using VllmDouble server = tiny.Start("tcp", Slow);
        await using ServiceProvider services = tiny.Bridge(server.Address);
        await using IAsyncEnumerator<InferenceChunk> chunks = services.GetRequiredService<IThemisBridge>()
            .GenerateAsync(Endless, Token).GetAsyncEnumerator(Token);
        Assert.True(await chunks.MoveNextAsync());

        await (death switch
        {
            "engine" => server.KillEngineAsync(),
            "term" => server.TerminateAsync(),
            _ => server.KillAsync(),
        });

        BridgeException told = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            while (await chunks.MoveNextAsync())
            {
            }
        });
        Assert.Equal((failure, true), (told.Failure, told.OutputCommitted));
    }

    [Fact]
    public async Task Frozen_server_runs_into_the_budget_for_the_first_token()
    {
        await using VllmDouble server = tiny.Start();
        await using ServiceProvider services = tiny.Bridge(server.Address);
        IThemisBridge bridge = services.GetRequiredService<IThemisBridge>();
        server.Freeze();

        InferenceRequest request =
            Short with { Deadlines = new DeadlineBudgets { FirstToken = TimeSpan.FromMilliseconds(200) } };
        BridgeException told = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (InferenceChunk _ in bridge.GenerateAsync(request, Token))
            {
            }
        });

        Assert.Equal(BridgeFailure.DeadlineExceeded, told.Failure);
        server.Thaw();
        await WaitAsync(() => server.Running == 0);
    }

    [Theory]
    [MemberData(nameof(Sockets))]
    public async Task Server_that_comes_back_is_used_again(string socket)
    {
        VllmDouble server = tiny.Start(socket);
        string? path = socket == "unix" ? server.Address.LocalPath : null;
        await using ServiceProvider services = tiny.Bridge(server.Address);
        IThemisBridge bridge = services.GetRequiredService<IThemisBridge>();
        Assert.Equal(TinyModel.Questions[0].English, (await bridge.CompleteAsync(Short, Token)).Text);
        int port = server.Address.Port;
        await server.DisposeAsync();
        await Assert.ThrowsAsync<BridgeException>(() => bridge.CompleteAsync(Short, Token));

        await using VllmDouble again = tiny.Start(
            socket, options => options with { Port = Math.Max(0, port), UnixSocketPath = path });

        Assert.Equal(TinyModel.Questions[0].English, (await bridge.CompleteAsync(Short, Token)).Text);
        Assert.NotEmpty(again.Requests);
    }

    private static InferenceRequest Short => LibraryTests.Request(TinyModel.Questions[0], german: false);

    private static InferenceRequest Endless => Short with
    {
        Sampling = new SamplingOptions { Temperature = 0, IgnoreEos = true, MaxTokens = 1000 },
    };

    private static VllmDoubleOptions Slow(VllmDoubleOptions options) =>
        options with { TokenDelay = TimeSpan.FromMilliseconds(5) };

    private async Task<VllmDouble> StartAsync(string trouble)
    {
        VllmDouble server = tiny.Start("tcp", options => options with
        {
            ApiKey = trouble == "key" ? "another" : null,
            MaxUnfinished = trouble == "full" ? 0 : null,
        });
        await (trouble switch
        {
            "engine" => server.KillEngineAsync(),
            "kill" => server.KillAsync(),
            _ => Task.CompletedTask,
        });
        if (trouble == "drain")
        {
            server.Drain(TimeSpan.FromMinutes(1));
        }

        return server;
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
