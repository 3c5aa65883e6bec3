using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Faults;

namespace ThemisBridge.Testing.Tests.Faults;

public class FaultBackendTests
{
    private static readonly InferenceRequest Request = new() { Model = "m", Prompt = new TextPrompt("hi") };

    private readonly FakeTimeProvider _time = new();
    private readonly FaultBackend _backend;

    public FaultBackendTests() => _backend = new FaultBackend(
        ScriptedBackend.Saying("s", "m", "abc", BackendFeatures.Generate | BackendFeatures.TextOutput), _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<Fault, string, BridgeFailure, FailureStage> Failing => new()
    {
        { Fault.AtConnect(), "", BridgeFailure.ConnectionFailed, FailureStage.Connect },
        { Fault.Busy(), "", BridgeFailure.Busy, FailureStage.Admit },
        { Fault.BeforeFirstChunk(), "", BridgeFailure.EngineFailed, FailureStage.Prefill },
        { Fault.BeforeFirstChunk(BridgeFailure.Draining), "", BridgeFailure.Draining, FailureStage.Prefill },
        { Fault.AfterChunk(1), "a", BridgeFailure.ConnectionLost, FailureStage.Stream },
        { Fault.AfterChunk(3, BridgeFailure.EngineFailed), "abc", BridgeFailure.EngineFailed, FailureStage.Stream },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task Generate_fails_where_it_is_told_to(
        Fault fault, string text, BridgeFailure failure, FailureStage stage)
    {
        _backend.Next(fault);
        string got = "";
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (InferenceChunk chunk in _backend.GenerateAsync(Request, Token))
            {
                got += chunk.Text;
            }
        });

        Assert.Equal((failure, stage, text, text.Length > 0), (e.Failure, e.Stage, got, e.OutputCommitted));
        Assert.Equal((1, 0), (_backend.Requests, _backend.Running));
        Assert.Equal("abc", await TextAsync());
    }

    [Fact]
    public async Task Busy_says_when_to_come_back()
    {
        _backend.Standing = Fault.Busy(TimeSpan.FromSeconds(3));
        BridgeException e = await Assert.ThrowsAsync<BridgeException>(TextAsync);

        Assert.Equal(TimeSpan.FromSeconds(3), e.RetryAfter);
        Assert.False((await _backend.ProbeAsync(Token)).IsHealthy);
    }

    [Fact]
    public async Task Stall_lasts_until_the_caller_cancels()
    {
        _backend.Next(Fault.Stall(afterChunks: 2));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using IAsyncEnumerator<InferenceChunk> chunks =
            _backend.GenerateAsync(Request, cancel.Token).GetAsyncEnumerator(cancel.Token);
        Assert.True(await chunks.MoveNextAsync());
        Assert.True(await chunks.MoveNextAsync());
        ValueTask<bool> third = chunks.MoveNextAsync();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(third.IsCompleted);
        Assert.Equal(1, _backend.Running);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await third);
        Assert.Equal((0, 1), (_backend.Running, _backend.Cancelled));
    }

    [Fact]
    public async Task Slow_waits_before_every_chunk_on_its_clock()
    {
        _backend.Next(Fault.Slow(TimeSpan.FromSeconds(1)));
        Task<string> text = TextAsync();
        DateTimeOffset start = _time.GetUtcNow();
        while (!text.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.Equal("abc", await text);
        Assert.True(_time.GetUtcNow() - start >= TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Disposing_early_counts_as_cancelled()
    {
        await foreach (InferenceChunk _ in _backend.GenerateAsync(Request, Token))
        {
            break;
        }

        Assert.Equal((0, 1), (_backend.Running, _backend.Cancelled));
    }

    [Fact]
    public async Task Faults_hold_for_every_other_call_too()
    {
        _backend.Next(Fault.AtConnect()).Next(Fault.Busy()).Next(Fault.BeforeFirstChunk());

        Assert.Equal(BridgeFailure.ConnectionFailed, await FailureOfAsync(() => _backend.EmbedAsync(
            new EmbeddingRequest { Model = "m", Inputs = [new TextPrompt("a")] }, Token)));
        Assert.Equal(BridgeFailure.Busy, await FailureOfAsync(() => _backend.TokenizeAsync(
            new TokenizeRequest { Model = "m", Prompt = new TextPrompt("a") }, Token)));
        Assert.Equal(BridgeFailure.EngineFailed, await FailureOfAsync(() => _backend.DetokenizeAsync(
            new DetokenizeRequest { Model = "m", TokenIds = new[] { 1 } }, Token)));
        Assert.True((await _backend.ProbeAsync(Token)).IsHealthy);
    }

    private static async Task<BridgeFailure> FailureOfAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<BridgeException>(call)).Failure;

    private async Task<string> TextAsync()
    {
        string text = "";
        await foreach (InferenceChunk chunk in _backend.GenerateAsync(Request, Token))
        {
            text += chunk.Text;
        }

        return text;
    }
}
