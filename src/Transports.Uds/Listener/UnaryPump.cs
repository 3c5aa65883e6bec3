using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>Serves an embedding, a text to tokenize or ids to detokenize.</summary>
internal sealed class UnaryPump(
    ListenerConnection connection, uint handle, long bytes, IInferenceBackend backend, object? request, ILogger logger)
    : ServedCall(connection, handle, bytes, logger)
{
    protected override Task ServeAsync(CancellationToken cancellationToken) => request switch
    {
        EmbeddingRequest embed => EmbedAsync(embed, cancellationToken),
        TokenizeRequest tokenize => TokenizeAsync(tokenize, cancellationToken),
        DetokenizeRequest detokenize => DetokenizeAsync(detokenize, cancellationToken),
        _ => throw new InvalidOperationException("A request without content was not refused."),
    };

    private async Task EmbedAsync(EmbeddingRequest embed, CancellationToken cancellationToken)
    {
        RequestValidation.Check(embed);
        EmbeddingResult result = await backend.EmbedAsync(embed, cancellationToken).ConfigureAwait(false);
        for (int next = 0; next < result.Vectors.Count;)
        {
            next = Connection.WriteVectors(Handle, result.Vectors, next);
            await Connection.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        }

        Connection.EndCall(Handle, null, result.Usage);
    }

    private async Task TokenizeAsync(TokenizeRequest tokenize, CancellationToken cancellationToken)
    {
        RequestValidation.Check(tokenize);
        TokenizeResult result = await backend.TokenizeAsync(tokenize, cancellationToken).ConfigureAwait(false);
        Connection.EndCall(Handle,
            output => ResultFrame.WriteIds(output, Handle, result.TokenIds.Span, result.MaxModelLength), default);
    }

    private async Task DetokenizeAsync(DetokenizeRequest detokenize, CancellationToken cancellationToken)
    {
        RequestValidation.Check(detokenize);
        string text = await backend.DetokenizeAsync(detokenize, cancellationToken).ConfigureAwait(false);
        Connection.EndCall(Handle, output => ResultFrame.WriteText(output, Handle, text), default);
    }
}
