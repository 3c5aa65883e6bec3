using System.Runtime.CompilerServices;
using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Failures;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>
/// The chunks of one streamed answer. Owns the response: disposing it before the end closes the connection, which is
/// what stops the engine. For one reader.
/// </summary>
internal sealed class GenerationStream : IDisposable
{
    // The end of the HTTP body is in flight when the last event has come; a server that keeps it back costs no more.
    private static readonly TimeSpan TailTimeout = TimeSpan.FromSeconds(1);

    private readonly IDisposable _response;
    private readonly bool _isDelimited;
    private readonly SseReader _events;
    private readonly AnswerAssembler _assembler;
    private readonly AnswerEvent _event;
    private readonly TimeProvider _time;
    private bool _ended;

    /// <param name="response">What to dispose with the stream.</param>
    /// <param name="body">The response's body.</param>
    /// <param name="isDelimited">Whether HTTP itself tells where the body ends; otherwise <c>[DONE]</c> must.</param>
    /// <param name="assembler">Makes the chunks.</param>
    /// <param name="maxEventBytes">The limit of one event.</param>
    /// <param name="time">The clock.</param>
    public GenerationStream(
        IDisposable response, Stream body, bool isDelimited, AnswerAssembler assembler, int maxEventBytes,
        TimeProvider time)
    {
        _response = response;
        _isDelimited = isDelimited;
        _events = new SseReader(body, maxEventBytes);
        _assembler = assembler;
        _event = new AnswerEvent(assembler.Parts);
        _time = time;
    }

    /// <summary>The chunk that the last <see cref="MoveNextAsync"/> moved to.</summary>
    public InferenceChunk Current { get; private set; }

    /// <summary>Waits for the next chunk. False behind the last one.</summary>
    public ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        // What one read brought is handed out without another state machine.
        while (!_ended && _events.TryRead())
        {
            if (IsDone)
            {
                return EndAsync(cancellationToken);
            }

            if (Accept())
            {
                return ValueTask.FromResult(true);
            }
        }

        return _ended ? ValueTask.FromResult(false) : WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _response.Dispose();
        _events.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _events.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (IsDone)
                {
                    return await EndAsync(cancellationToken).ConfigureAwait(false);
                }

                if (Accept())
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Broken(e);
        }
        catch (BridgeException e) when (e.Backend is null)
        {
            // The reader knows its limit, but not whose answer it reads.
            throw HttpFailureMapper.Make(e.Failure, _assembler.Stage, e.Message, _assembler.Context);
        }

        return _isDelimited ? End() : throw Broken(null);
    }

    // Whether the reader stands on the event that ends a stream.
    private bool IsDone => _events.Data.SequenceEqual("[DONE]"u8);

    // Takes the event that the reader stands on; whether it gave a chunk.
    private bool Accept()
    {
        try
        {
            AnswerParser.Parse(_events.Data, _event);
        }
        catch (JsonException e)
        {
            throw HttpFailureMapper.Violation(
                "The server sent an event that is no answer.", _assembler.Stage, _assembler.Context, e);
        }

        bool hasChunk = _assembler.TryAccept(_event, out InferenceChunk chunk);
        Current = chunk;
        return hasChunk;
    }

    // [DONE] and a clean end of the body prove nothing: vLLM sends both after an error.
    private bool End()
    {
        if (!_assembler.IsFinished)
        {
            throw Broken(null);
        }

        _ended = true;
        Current = _assembler.MakeEnd();
        return true;
    }

    // A cut behind [DONE] is a cut all the same; and only a body that was read to its end leaves the connection for the
    // next request.
    private async ValueTask<bool> EndAsync(CancellationToken cancellationToken)
    {
        if (_isDelimited && _assembler.IsFinished)
        {
            await ReadTailAsync(cancellationToken).ConfigureAwait(false);
        }

        return End();
    }

    private async ValueTask ReadTailAsync(CancellationToken cancellationToken)
    {
        using var budget = new CancellationTokenSource(TailTimeout, _time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            while (await _events.ReadAsync(ending.Token).ConfigureAwait(false))
            {
                // Whatever stands behind the end is nobody's.
            }
        }
        catch (Exception e) when (e is OperationCanceledException or BridgeException)
        {
            // Kept back, or too much of it: the answer is complete, and the connection is closed with the response.
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Broken(e);
        }
    }

    private BridgeException Broken(Exception? cause) => cause is null
        ? HttpFailureMapper.Make(BridgeFailure.ConnectionLost, _assembler.Stage,
            "The answer ended before its engine said that it was complete. Send the request again.", _assembler.Context)
        : HttpFailureMapper.FromTransport(cause, _assembler.Stage, _assembler.Context);
}
