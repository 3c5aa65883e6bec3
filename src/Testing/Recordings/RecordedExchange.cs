namespace ThemisBridge.Testing.Recordings;

/// <summary>One exchange with a real server: what was sent and what came back, byte for byte.</summary>
public sealed record RecordedExchange
{
    /// <summary>Its name, unique in its <see cref="RecordingSet"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The server it was recorded on, as the index names it.</summary>
    public string Server { get; init; } = "";

    /// <summary>What it shows, in words.</summary>
    public string Shows { get; init; } = "";

    /// <summary>The request's method.</summary>
    public string Method { get; init; } = "";

    /// <summary>The request's target.</summary>
    public string Path { get; init; } = "";

    /// <summary>The status of the response, or null when no status line came.</summary>
    public int? Status { get; init; }

    /// <summary>Whether the response is an event stream.</summary>
    public bool IsStream { get; init; }

    /// <summary>Every byte sent, from the request line on.</summary>
    public ReadOnlyMemory<byte> Request { get; init; }

    /// <summary>Every byte received, from the status line on; empty when nothing came.</summary>
    public ReadOnlyMemory<byte> Response { get; init; }

    /// <summary>How the connection ended.</summary>
    public RecordedEnd End { get; init; }

    /// <summary>When the parts of the response arrived, in order.</summary>
    public IReadOnlyList<RecordedRead> Reads { get; init; } = [];

    /// <summary>What follows the request's head, with whatever framing it has.</summary>
    public ReadOnlyMemory<byte> RequestBody => AfterHead(Request);

    /// <summary>What follows the response's head, with whatever framing it has.</summary>
    public ReadOnlyMemory<byte> ResponseBody => AfterHead(Response);

    private static ReadOnlyMemory<byte> AfterHead(ReadOnlyMemory<byte> message)
    {
        int end = message.Span.IndexOf("\r\n\r\n"u8);
        return end < 0 ? ReadOnlyMemory<byte>.Empty : message[(end + 4)..];
    }
}
