using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Reads a JSON object from a request, within limits.</summary>
internal static class RequestBody
{
    private const int MaxDepth = 64;

    /// <summary>The body as a document. The caller disposes it.</summary>
    /// <exception cref="OpenAiException">It is not a JSON object in UTF-8, or too large.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw Refuse(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type",
                "The content type must be application/json.");
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = RequestLimits.MaxMessageBytes;
        }

        PipeReader reader = context.Request.BodyReader;
        ReadResult read;
        do
        {
            read = await ReadSomeAsync(reader, context.RequestAborted);
            if (read.Buffer.Length > RequestLimits.MaxMessageBytes)
            {
                throw TooLarge();
            }

            // Examined but not consumed: the pipe keeps what it has and waits for more.
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
        while (!read.IsCompleted);

        read = await reader.ReadAsync(context.RequestAborted);
        try
        {
            return Parse(read.Buffer);
        }
        finally
        {
            reader.AdvanceTo(read.Buffer.End);
        }
    }

    private static async ValueTask<ReadResult> ReadSomeAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
    }

    private static JsonDocument Parse(in ReadOnlySequence<byte> body)
    {
        // The document copies nothing and must not outlive the pipe's memory, so it gets a copy of its own.
        byte[] bytes = body.ToArray();
        if (!Utf8.IsValid(bytes))
        {
            throw Refuse(StatusCodes.Status400BadRequest, "invalid_json", "The body is not valid UTF-8.");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException exception)
        {
            throw Refuse(StatusCodes.Status400BadRequest, "invalid_json",
                $"The body is not valid JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            document.Dispose();
            throw Refuse(StatusCodes.Status400BadRequest, "invalid_json", "The body must be a JSON object.");
        }

        return document;
    }

    private static OpenAiException TooLarge() => Refuse(StatusCodes.Status413PayloadTooLarge, "limit_exceeded",
        $"The body is larger than {RequestLimits.MaxMessageBytes} bytes.");

    private static OpenAiException Refuse(int status, string code, string message) =>
        new(new OpenAiError(status, "invalid_request_error", code, message, null));
}
