using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Http.Failures;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Looks at the head of a successful response.</summary>
internal static class ResponseKinds
{
    /// <summary>What the body is.</summary>
    /// <exception cref="BridgeException">Neither events nor JSON, or compressed although nobody asked for
    /// that.</exception>
    public static ResponseKind Of(HttpResponseMessage response, AnswerAssembler assembler)
    {
        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            throw HttpFailureMapper.Violation(
                "The server compressed its answer although nobody asked for that.", assembler.Stage, assembler.Context);
        }

        return response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant() switch
        {
            "text/event-stream" => ResponseKind.Events,
            "application/json" => ResponseKind.Json,
            _ => throw HttpFailureMapper.Violation(
                "The server answered with neither JSON nor an event stream.", assembler.Stage, assembler.Context),
        };
    }

    /// <summary>Whether HTTP itself tells where the body ends; otherwise only the connection's end does.</summary>
    public static bool IsDelimited(HttpResponseMessage response) =>
        response.Headers.TransferEncodingChunked == true || response.Content.Headers.ContentLength is not null;
}
