using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests.Client;

/// <summary>A client against a listener that does what no listener should.</summary>
public sealed class ClientConnectionTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SocketFolder _folder = new();
    private readonly RawPeer _listener;
    private readonly UdsBackend _backend;

    public ClientConnectionTests()
    {
        _listener = RawPeer.Listen(_folder.Path);
        _backend = Backends.To(_folder.Path, options => options.WindowTokens = 16);
    }

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _backend.DisposeAsync();
        _listener.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Rows_beyond_the_credit_end_the_connection_and_every_request()
    {
        Task<BridgeException>[] answers = [FailureOf(), FailureOf()];
        await _listener.AcceptAsync();
        await _listener.ReadAsync(FrameType.Request);
        await _listener.ReadAsync(FrameType.Request);
        var builder = new StepBuilder(withLogprobs: false);
        builder.Add(1, new int[17], "", []);
        await _listener.SendAsync(output =>
        {
            AcceptedFrame.Write(output, 1, new GenerationStart { Model = "" }, "");
            builder.Flush(output);
        });
        byte[] told = await _listener.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        Assert.Null(ErrorFrame.Read(told, out ErrorFrame error));
        Assert.Equal((0u, FailureCode.ProtocolViolation), (error.Handle, error.Code));
        await _listener.UntilClosedAsync().WaitAsync(Patience, Ending);
        Assert.All(
            await Task.WhenAll(answers), failure => Assert.Equal(BridgeFailure.ProtocolViolation, failure.Failure));
    }

    [Fact]
    public async Task Credit_is_renewed_as_the_reader_takes_and_no_sooner()
    {
        IAsyncEnumerator<InferenceChunk> chunks =
            _backend.GenerateAsync(ListenerFixture.Request(), Ending).GetAsyncEnumerator(Ending);
        await using IAsyncDisposable owned = chunks;
        Task<bool> first = chunks.MoveNextAsync().AsTask();
        await _listener.AcceptAsync();
        byte[] request = await _listener.ReadAsync(FrameType.Request);
        Assert.Null(RequestFrame.Read(request, out RequestFrame seen));
        Assert.Equal(16u, seen.Credit);
        await SendTokensAsync(1, 16, accept: true);
        Assert.True(await first.WaitAsync(Patience, Ending));
        byte[] frame = await _listener.ReadAsync(FrameType.Credit).WaitAsync(Patience, Ending);
        Assert.Null(CreditFrame.Read(frame, out CreditFrame credit));
        Assert.Equal((1u, 16u), (credit.Handle, credit.Tokens));
        await SendTokensAsync(1, 16, accept: false);
        Assert.True(await chunks.MoveNextAsync().AsTask().WaitAsync(Patience, Ending));
        Assert.Equal(16, chunks.Current.TokenIds.Length);
    }

    [Fact]
    public async Task Handle_is_used_again_only_after_its_end()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Ending);
        IAsyncEnumerator<InferenceChunk> left =
            _backend.GenerateAsync(ListenerFixture.Request(), leaving.Token).GetAsyncEnumerator(Ending);
        Task<bool> waiting = left.MoveNextAsync().AsTask();
        await _listener.AcceptAsync();
        await _listener.ReadAsync(FrameType.Request);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience, Ending));
        await left.DisposeAsync();
        byte[] cancel = await _listener.ReadAsync(FrameType.Cancel).WaitAsync(Patience, Ending);
        Assert.Null(CancelFrame.Read(cancel, out CancelFrame seen));
        Assert.Equal(1u, seen.Handle);

        // The first handle has not ended yet, so the next request takes another.
        Task<int[]> second = ListenerFixture.ReadAsync(_backend, ListenerFixture.Request());
        Assert.Equal(2u, HandleOf(await _listener.ReadAsync(FrameType.Request).WaitAsync(Patience, Ending)));
        await _listener.SendAsync(output =>
        {
            ErrorFrame.WriteCancelled(output, 1, FailureStage.Admit);
            AcceptedFrame.Write(output, 2, new GenerationStart { Model = "" }, "");
            EndFrame.Write(output, 2, new GenerationEnd(FinishReason.Stop, default));
        });
        await second.WaitAsync(Patience, Ending);
        Task<BridgeException> third = FailureOf();
        Assert.Contains(
            HandleOf(await _listener.ReadAsync(FrameType.Request).WaitAsync(Patience, Ending)), new[] { 1u, 2u });
        _listener.Socket.Dispose();
        await third.WaitAsync(Patience, Ending);
    }

    [Fact]
    public async Task Goaway_moves_new_requests_to_a_new_connection_while_old_ones_finish()
    {
        Task<int[]> running = ListenerFixture.ReadAsync(_backend, ListenerFixture.Request());
        await _listener.AcceptAsync();
        await _listener.ReadAsync(FrameType.Request);
        System.Net.Sockets.Socket old = _listener.Socket;
        await _listener.SendAsync(output => GoAwayFrame.Write(output, 1000, "restart"));
        Task accepting = _listener.AcceptAsync();
        Task<int[]>? next = null;
        while (!accepting.IsCompleted)
        {
            // Until the client has read GOAWAY it may still use the old connection; those answers never come.
            next = ListenerFixture.ReadAsync(_backend, ListenerFixture.Request());
            await Task.WhenAny(accepting, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ending));
        }

        await accepting;
        Assert.NotSame(old, _listener.Socket);
        Assert.NotNull(next);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        AcceptedFrame.Write(output, 1, new GenerationStart { Model = "" }, "");
        EndFrame.Write(output, 1, new GenerationEnd(FinishReason.Stop, default));
        await old.SendAsync(output.WrittenMemory, System.Net.Sockets.SocketFlags.None, Ending);
        Assert.Empty(await running.WaitAsync(Patience, Ending));
        old.Dispose();
    }

    [Fact]
    public async Task Failed_connection_is_remembered_and_said_at_once()
    {
        using var elsewhere = new SocketFolder();
        await using UdsBackend backend =
            Backends.To(
            elsewhere.Path, options => options.FirstBackoff = options.LongestBackoff = TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<BridgeException>(() => ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        using RawPeer tooLate = RawPeer.Listen(elsewhere.Path);
        BridgeException failure = await Assert.ThrowsAsync<BridgeException>(
            () => ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        Assert.Equal((BridgeFailure.ConnectionFailed, FailureStage.Connect), (failure.Failure, failure.Stage));
    }

    [Fact]
    public async Task Options_left_out_are_filled_in_for_a_listener_that_does_not_know_the_models()
    {
        Task<BridgeException> answer = FailureOf();
        await _listener.AcceptAsync(
            features: BackendFeatures.Generate | BackendFeatures.TokenPrompt | BackendFeatures.TokenIdOutput);
        byte[] frame = await _listener.ReadAsync(FrameType.Request).WaitAsync(Patience, Ending);
        Assert.Null(RequestFrame.Read(frame, out RequestFrame request));
        Assert.Equal(
            GivenFields.Temperature | GivenFields.TopP | GivenFields.TopK | GivenFields.MinP | GivenFields.MinTokens
            | GivenFields.FrequencyPenalty | GivenFields.PresencePenalty | GivenFields.RepetitionPenalty,
                request.Given);
        _listener.Socket.Dispose();
        await answer.WaitAsync(Patience, Ending);
    }

    [Fact]
    public async Task Option_that_the_listener_lacks_is_refused_by_name_and_not_sent()
    {
        Task<BridgeException> answer = Assert.ThrowsAsync<BridgeException>(() => ListenerFixture.ReadAsync(
            _backend, ListenerFixture.Request() with { Adapter = "de" }));
        await _listener.AcceptAsync(
            features: BackendFeatures.Generate | BackendFeatures.TokenPrompt | BackendFeatures.TokenIdOutput);
        BridgeException failure = await answer.WaitAsync(Patience, Ending);
        Assert.Equal((BridgeFailure.UnsupportedOption, "adapters"), (failure.Failure, failure.Parameter));
    }

    [Fact]
    public async Task Closed_backend_ends_what_is_open()
    {
        Task<BridgeException> answer = FailureOf();
        await _listener.AcceptAsync();
        await _listener.ReadAsync(FrameType.Request);
        await _backend.DisposeAsync();
        Assert.Equal(BridgeFailure.ConnectionLost, (await answer.WaitAsync(Patience, Ending)).Failure);
        await _listener.UntilClosedAsync().WaitAsync(Patience, Ending);
    }

    private static uint HandleOf(byte[] frame)
    {
        Assert.Null(RequestFrame.Read(frame, out RequestFrame request));
        return request.Handle;
    }

    private Task SendTokensAsync(uint handle, int count, bool accept)
    {
        var builder = new StepBuilder(withLogprobs: false);
        builder.Add(handle, new int[count], "", []);
        return _listener.SendAsync(output =>
        {
            if (accept)
            {
                AcceptedFrame.Write(output, handle, new GenerationStart { Model = "" }, "");
            }

            builder.Flush(output);
        });
    }

    private async Task<BridgeException> FailureOf() => await Assert.ThrowsAsync<BridgeException>(
        () => ListenerFixture.ReadAsync(_backend, ListenerFixture.Request()));
}
