using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server.Endpoints;

/// <summary>
/// Writes a stream of server-sent events. Its headers wait for the first chunk, so that a failure before it is an
/// ordinary error answer and a failover stays unseen. Events that are ready together travel in one write; nothing more
/// is
/// read from the engine while a slow client has not taken what was written.
/// </summary>
internal static class AnswerStream
{
    private const int FlushAtBytes = 16 * 1024;

    public static async Task WriteAsync(
        HttpContext context, IThemisBridge bridge, OpenAiRequest request, AnswerFormat format)
    {
        Drain drain = context.RequestServices.GetRequiredService<Drain>();
        using CancellationTokenSource until = drain.Watch(context);
        await using IAsyncEnumerator<InferenceChunk> chunks =
            bridge.GenerateAsync(request.Inference, until.Token).GetAsyncEnumerator(until.Token);
        if (!await FirstAsync(chunks, drain, context))
        {
            throw new BridgeException(BridgeFailure.ConnectionLost, FailureStage.Prefill,
                "The engine gave no answer. Send the request again.");
        }

        format.Begin(chunks.Current.Start!);
        Begin(context);
        PipeWriter output = context.Response.BodyWriter;
        try
        {
            TokenUsage usage = await WriteChunksAsync(chunks, format, output, context.RequestAborted);
            if (request.IncludeUsage)
            {
                format.WriteUsage(output, usage);
            }

            AnswerFormat.WriteDone(output);
        }
        catch (Exception exception) when ((exception as BridgeException ?? drain.FailureOf(context)) is { } failure)
        {
            // Headers and output are out: the only honest end is an error event without [DONE].
            format.WriteError(output, OpenAiError.Of(failure));
        }

        await output.FlushAsync(context.RequestAborted);
    }

    private static async Task<bool> FirstAsync(
        IAsyncEnumerator<InferenceChunk> chunks, Drain drain, HttpContext context)
    {
        try
        {
            return await chunks.MoveNextAsync();
        }
        catch (OperationCanceledException) when (drain.FailureOf(context) is { } failure)
        {
            throw failure;
        }
    }

    private static async Task<TokenUsage> WriteChunksAsync(
        IAsyncEnumerator<InferenceChunk> chunks, AnswerFormat format, PipeWriter output, CancellationToken gone)
    {
        TokenUsage usage = default;
        bool more = true;
        while (more)
        {
            format.WriteChunk(output, chunks.Current);
            usage = chunks.Current.End?.Usage ?? usage;
            ValueTask<bool> next = chunks.MoveNextAsync();
            if (!next.IsCompleted || output.UnflushedBytes >= FlushAtBytes)
            {
                try
                {
                    await output.FlushAsync(gone);
                }
                catch (OperationCanceledException)
                {
                    await Abandon(next);
                    throw;
                }
            }

            more = await next;
        }

        return usage;
    }

    // An enumerator may be disposed only when no MoveNextAsync runs; the abort that got us here ends it.
    private static async ValueTask Abandon(ValueTask<bool> next)
    {
        try
        {
            await next;
        }
        catch (Exception exception) when (exception is OperationCanceledException or BridgeException)
        {
            // Nobody is left to be told.
        }
    }

    private static void Begin(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        // Proxies that buffer would hold events back (nginx reads this header).
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }
}
