using System.Diagnostics;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Conformance;

/// <summary>What goes wrong arrives as one typed failure, once for each request that it touches.</summary>
/// <typeparam name="THarness">The transport.</typeparam>
public abstract class FailureConformance<THarness> : ConformanceTests<THarness>
    where THarness : TransportHarness, new()
{
    [Theory]
    [MemberData(nameof(FailureCases.All), MemberType = typeof(FailureCases))]
    public async Task Failure_before_the_first_token_keeps_its_type(BridgeFailure failure)
    {
        var said = new BridgeException(failure, FailureStage.Admit, "told")
        { Parameter = "top_p", RetryAfter = TimeSpan.FromMilliseconds(250) };
        Engine.Answer = (_, _) => Chunks.ThenFail(0, said);
        BridgeException seen = await FailureOf(Backend, Request());
        BridgeException told = Harness.AsTold(said);
        Assert.Equal((told.Failure, told.Stage, told.Message), (seen.Failure, seen.Stage, seen.Message));
        Assert.Equal((told.Parameter, told.RetryAfter), (seen.Parameter, seen.RetryAfter));
        Assert.Equal(Backend.Descriptor.Id, seen.Backend);
    }

    [Fact]
    public async Task Failure_in_mid_stream_comes_after_the_tokens_before_it()
    {
        Engine.Answer = (_, _) =>
            Chunks.ThenFail(3, new BridgeException(BridgeFailure.EngineFailed, FailureStage.Stream, "boom"));
        var seen = new List<int>();
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(async () =>
        {
            await foreach (InferenceChunk chunk in Backend.GenerateAsync(Request(), Ending))
            {
                seen.AddRange(chunk.TokenIds.Span);
            }
        });
        Assert.Equal([0, 1, 2], seen);
        Assert.Equal((BridgeFailure.EngineFailed, FailureStage.Stream), (failure.Failure, failure.Stage));
    }

    [Fact]
    public async Task Exception_that_the_engine_did_not_describe_is_its_failure()
    {
        Engine.Answer = (_, _) => Chunks.ThenFail(0, new InvalidOperationException("secret"));
        BridgeException failure = await FailureOf(Backend, Request());
        Assert.Equal(BridgeFailure.EngineFailed, failure.Failure);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_without_an_end_is_a_failure()
    {
        Engine.Answer = (_, _) => Chunks.Of(Chunks.Tokens(3).Take(2));
        BridgeException failure = await FailureOf(Backend, Request());
        Assert.Equal(FailureStage.Stream, failure.Stage);
        Assert.Contains(failure.Failure, new[] { BridgeFailure.EngineFailed, BridgeFailure.ConnectionLost });
    }

    [Fact]
    public async Task Request_that_the_engine_stops_by_itself_is_aborted_by_it()
    {
        Engine.Answer = (_, _) => Chunks.ThenFail(1, new OperationCanceledException());
        Assert.Equal(BridgeFailure.AbortedByEngine, (await FailureOf(Backend, Request())).Failure);
    }

    [Fact]
    public async Task Death_of_the_server_fails_every_request_once_and_soon()
    {
        Engine.Answer = (request, token) => Chunks.ThenStall(request.Priority, token);
        Task<BridgeException>[] running =
            [.. Enumerable.Range(0, 20).Select(i => FailureOf(Backend, Request() with { Priority = i % 2 }))];
        for (int i = 0; i < running.Length; i++)
        {
            await Engine.OneBegun(Patience);
        }

        long killed = Stopwatch.GetTimestamp();
        await Harness.KillAsync();
        BridgeException[] failures = await Task.WhenAll(running).WaitAsync(Patience, Ending);
        Assert.InRange(Stopwatch.GetElapsedTime(killed), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.All(failures, failure =>
        {
            Assert.Equal(BridgeFailure.ConnectionLost, failure.Failure);
            Assert.NotEqual(FailureStage.Connect, failure.Stage);
        });
        // Who has been given a token may be told so by the transport; the router knows it anyway.
        Assert.All(failures.Index(), one =>
            Assert.True(one.Item.IsRetrySafe || (one.Index % 2 == 1 && one.Item.OutputCommitted)));
    }

    [Fact]
    public async Task Failing_call_keeps_its_type()
    {
        var said = new BridgeException(BridgeFailure.UnknownModel, FailureStage.Admit, "told");
        Engine.Embed = (_, _) => throw said;
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(() => Backend.EmbedAsync(
            new EmbeddingRequest { Model = "m", Inputs = [new TextPrompt("a")] }, Ending));
        BridgeException told = Harness.AsTold(said);
        Assert.Equal((told.Failure, told.Message), (failure.Failure, failure.Message));
    }

    [Fact]
    public async Task Address_where_nobody_listens_fails_at_once()
    {
        IInferenceBackend nobody = Harness.ConnectToNobody();
        BridgeException failure = await FailureOf(nobody, Request());
        Assert.Equal((BridgeFailure.ConnectionFailed, FailureStage.Connect), (failure.Failure, failure.Stage));
        Assert.True(failure.IsRetrySafe);
        Assert.False((await nobody.ProbeAsync(Ending)).IsHealthy);
    }
}
