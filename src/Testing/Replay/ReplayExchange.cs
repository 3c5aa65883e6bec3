using System.Text;
using ThemisBridge.Testing.Recordings;

namespace ThemisBridge.Testing.Replay;

/// <summary>
/// One answer of a <see cref="ReplayServer"/>: exact bytes, where they are cut, where the server pauses, and what it
/// does with the connection afterwards. Immutable.
/// </summary>
public sealed record ReplayExchange
{
    /// <summary>Every byte to send, from the status line on. May be empty: the request is read and not
    /// answered.</summary>
    public required ReadOnlyMemory<byte> Response { get; init; }

    /// <summary>Which requests it answers; null for any.</summary>
    public Func<ReplayedRequest, bool>? Matches { get; init; }

    /// <summary>
    /// Offsets in <see cref="Response"/> at which a new send begins. Pieces are sent one by one without delay (Nagle's
    /// algorithm is off); the client may still read several at once. For cuts that hold exactly, read from a
    /// <see cref="CuttingStream"/>.
    /// </summary>
    public IReadOnlyList<int> Cuts { get; init; } = [];

    /// <summary>Waits inside the response, in any order.</summary>
    public IReadOnlyList<ReplayPause> Pauses { get; init; } = [];

    /// <summary>What happens after the last byte. Default: <see cref="ReplayEnd.KeepAlive"/>.</summary>
    public ReplayEnd End { get; init; } = ReplayEnd.KeepAlive;

    /// <summary>How many requests it answers before it is used up. Default: 1.</summary>
    public int Times { get; init; } = 1;

    /// <summary>A whole response with a body of known length.</summary>
    /// <param name="status">The status, such as 200.</param>
    /// <param name="contentType">The content type, or null for none.</param>
    /// <param name="body">The body.</param>
    public static ReplayExchange Of(int status, string? contentType, string body)
    {
        byte[] content = Encoding.UTF8.GetBytes(body);
        string type = contentType is null ? "" : $"content-type: {contentType}\r\n";
        string head = $"HTTP/1.1 {status} Replayed\r\ncontent-length: {content.Length}\r\n{type}\r\n";
        return new() { Response = (byte[])[.. Encoding.ASCII.GetBytes(head), .. content] };
    }

    /// <summary>A chunked <c>text/event-stream</c> response: one HTTP chunk per event, as vLLM sends it.</summary>
    /// <param name="events">The events with their line ends, such as <c>"data: {}\n\n"</c>.</param>
    public static ReplayExchange OfEvents(params IEnumerable<string> events)
    {
        var response = new StringBuilder("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n")
            .Append("transfer-encoding: chunked\r\n\r\n");
        foreach (string text in events)
        {
            response.Append($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");
        }

        return new() { Response = Encoding.UTF8.GetBytes(response.Append("0\r\n\r\n").ToString()) };
    }

    /// <summary>The response of a recorded exchange, ended as the recorded one was.</summary>
    /// <param name="recorded">The recording.</param>
    /// <param name="withPauses">Whether to pause where the recorded server did, and to cut where its reads
    /// fell.</param>
    public static ReplayExchange Of(RecordedExchange recorded, bool withPauses = false)
    {
        ArgumentNullException.ThrowIfNull(recorded);
        var exchange = new ReplayExchange
        {
            Response = recorded.Response,
            End = recorded.End == RecordedEnd.ServerClosed ? ReplayEnd.Close : ReplayEnd.Hold,
        };
        return withPauses
            ? exchange with { Cuts = [.. recorded.Reads.Select(read => read.Offset)], Pauses = PausesOf(recorded) }
            : exchange;
    }

    private static ReplayPause[] PausesOf(RecordedExchange recorded)
    {
        var pauses = new List<ReplayPause>();
        TimeSpan last = TimeSpan.Zero;
        foreach (RecordedRead read in recorded.Reads)
        {
            if (read.At > last)
            {
                pauses.Add(new ReplayPause(read.Offset, read.At - last));
                last = read.At;
            }
        }

        return [.. pauses];
    }
}
