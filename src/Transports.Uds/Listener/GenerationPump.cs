using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>Pumps the chunks of one generation into rows, no faster than its client reads.</summary>
internal sealed class GenerationPump(
    ListenerConnection connection, uint handle, long bytes, IInferenceBackend backend, InferenceRequest? request,
    ILogger logger) : ServedCall(connection, handle, bytes, logger)
{
    private TaskCompletionSource? _credit;

    public override void OnCredit() => Interlocked.Exchange(ref _credit, null)?.TrySetResult();

    protected override async Task ServeAsync(CancellationToken cancellationToken)
    {
        RequestValidation.Check(request!);
        IAsyncEnumerator<InferenceChunk> chunks =
            backend.GenerateAsync(request!, cancellationToken).GetAsyncEnumerator(CancellationToken.None);
        await using ConfiguredAsyncDisposable owned = chunks.ConfigureAwait(false);
        bool isAccepted = false;
        while (true)
        {
            // What was gathered leaves when there is nothing more to gather at once.
            ValueTask<bool> next = chunks.MoveNextAsync();
            if (!next.IsCompleted)
            {
                Connection.FlushSoon();
            }

            if (!await next.ConfigureAwait(false))
            {
                throw new BridgeException(BridgeFailure.EngineFailed, FailureStage.Stream,
                    "The engine ended the answer without saying that it is complete. Send the request again.");
            }

            InferenceChunk chunk = chunks.Current;
            if (!isAccepted)
            {
                Connection.Accept(Handle, chunk.Start, request!);
                isAccepted = true;
            }

            var rows = new ChunkRows(chunk);
            while (!rows.TryAdd(Connection, Handle))
            {
                Connection.FlushSoon();
                await WaitForCreditAsync(cancellationToken).ConfigureAwait(false);
            }

            if (chunk.End is { } end)
            {
                Connection.EndGeneration(Handle, end);
                HasEnded = true;
                Connection.FlushSoon();
                return;
            }

            await Connection.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Task WaitForCreditAsync(CancellationToken cancellationToken)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _credit, signal);
        return Connection.HasCredit(Handle) ? Task.CompletedTask : signal.Task.WaitAsync(cancellationToken);
    }
}
