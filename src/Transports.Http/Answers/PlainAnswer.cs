using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Failures;
using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads answers that come as one JSON object.</summary>
internal static class PlainAnswer
{
    /// <summary>The one chunk of an answer: start, content and end.</summary>
    /// <param name="response">The response.</param>
    /// <param name="assembler">Makes the chunks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<InferenceChunk> ReadAsync(
        HttpResponseMessage response, AnswerAssembler assembler, CancellationToken cancellationToken)
    {
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using PooledBuffer buffer = await ReadBodyAsync(
            body, assembler.Stage, assembler.Context, BridgeFailure.ProtocolViolation, cancellationToken)
            .ConfigureAwait(false);
        var answer = new AnswerEvent(assembler.Parts);
        try
        {
            AnswerParser.Parse(buffer.Written.Span, answer);
        }
        catch (JsonException e)
        {
            throw HttpFailureMapper.Violation(
                "The server's answer is not the JSON of an answer.", assembler.Stage, assembler.Context, e);
        }

        bool hasOutput = assembler.TryAccept(answer, out InferenceChunk output);
        if (!assembler.IsFinished)
        {
            throw HttpFailureMapper.Violation(
                "The server's answer does not say how it ended.", assembler.Stage, assembler.Context);
        }

        InferenceChunk end = assembler.MakeEnd();
        return hasOutput ? output with { End = end.End } : end;
    }

    /// <summary>Reads a whole body; its end must come and it must not be over the limit. The caller disposes
    /// it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="stage">How far the request has come.</param>
    /// <param name="context">Whose request it is.</param>
    /// <param name="tooLarge">What a body over the limit is: a violation, unless a right one can be so large.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PooledBuffer> ReadBodyAsync(
        Stream body, FailureStage stage, FailureContext context, BridgeFailure tooLarge,
        CancellationToken cancellationToken)
    {
        var buffer = new PooledBuffer();
        bool isWhole;
        try
        {
            isWhole = await BodyReader.ReadAsync(body, buffer, RequestLimits.MaxMessageBytes, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e)
        {
            buffer.Dispose();
            if (e is not (IOException or HttpRequestException or ObjectDisposedException))
            {
                throw;
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw HttpFailureMapper.FromTransport(e, stage, context);
        }

        if (!isWhole)
        {
            buffer.Dispose();
            throw HttpFailureMapper.Make(tooLarge, stage,
                $"The server's answer is over {RequestLimits.MaxMessageBytes} bytes. Ask for less at once.", context);
        }

        return buffer;
    }
}
