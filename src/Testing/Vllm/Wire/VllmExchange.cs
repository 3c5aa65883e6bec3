using System.Globalization;
using System.Text;
using ThemisBridge.Testing.Replay;

namespace ThemisBridge.Testing.Vllm.Wire;

/// <summary>One request and its answer: writes heads, bodies and events as uvicorn or hyper do.</summary>
/// <param name="options">The server's flags.</param>
/// <param name="request">The request.</param>
/// <param name="stream">The connection.</param>
/// <param name="gate">Waits while the server is frozen.</param>
internal sealed class VllmExchange(
    VllmDoubleOptions options, ReplayedRequest request, Stream stream, Func<CancellationToken, Task> gate)
{
    private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();

    public ReplayedRequest Request => request;

    /// <summary>Whether a head has been written: errors are events from then on.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether the client wants the connection closed behind the answer.</summary>
    public bool Closes { get; } =
        request.Header("connection")?.Contains("close", StringComparison.OrdinalIgnoreCase) == true
        || request.Head.Split("\r\n", 2)[0].EndsWith("HTTP/1.0", StringComparison.Ordinal);

    /// <summary>The line <c>allow: …</c> of an answer to a wrong method.</summary>
    public string? Allow { get; set; }

    /// <summary>The line <c>location: …</c> of a redirect.</summary>
    public string? Location { get; set; }

    private bool IsRust => options.Dialect == VllmDialect.Rust;

    /// <summary>A JSON body.</summary>
    public Task JsonAsync(int status, byte[] body, CancellationToken cancellationToken) =>
        SendAsync(status, body, "application/json", cancellationToken);

    /// <summary>A whole answer.</summary>
    /// <param name="status">The status.</param>
    /// <param name="body">The body; may be empty.</param>
    /// <param name="contentType">Its type, or null for none.</param>
    /// <param name="cancellationToken">Ends with the connection.</param>
    public Task SendAsync(int status, byte[] body, string? contentType, CancellationToken cancellationToken)
    {
        string length = $"content-length: {body.Length}";
        string? type = contentType is null ? null : $"content-type: {contentType}";
        string head = !IsRust
            ? Head(status, Date(), "server: uvicorn", Allow, length, Location, type,
                status == 401 ? null : "vary: Origin", RequestId(), Connection())
            : body.Length == 0
                ? Head(status, Allow, Connection(), length, Date())
                : Head(status, type, length, Connection(), Date());
        return WriteAsync([.. Encoding.ASCII.GetBytes(head), .. body], cancellationToken);
    }

    /// <summary>The head of a stream.</summary>
    public Task BeginStreamAsync(CancellationToken cancellationToken)
    {
        string head = IsRust
            ? Head(200, "content-type: text/event-stream", "cache-control: no-cache", Connection(),
                "transfer-encoding: chunked", Date())
            : Head(200, Date(), "server: uvicorn", "content-type: text/event-stream; charset=utf-8", "vary: Origin",
                RequestId(), Connection(), "transfer-encoding: chunked");
        return WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
    }

    /// <summary>One <c>data:</c> event in a chunk of its own.</summary>
    public Task EventAsync(string data, CancellationToken cancellationToken) =>
        ChunkAsync($"data: {data}\n\n", cancellationToken);

    /// <summary>Any text in a chunk of its own.</summary>
    public Task ChunkAsync(string text, CancellationToken cancellationToken) =>
        ChunkAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Any bytes in a chunk of their own.</summary>
    public Task ChunkAsync(byte[] content, CancellationToken cancellationToken)
    {
        string size = content.Length.ToString(IsRust ? "X" : "x", CultureInfo.InvariantCulture);
        return WriteAsync([.. Encoding.ASCII.GetBytes(size), 13, 10, .. content, 13, 10], cancellationToken);
    }

    /// <summary>The head of a body of bytes whose JSON is in a header.</summary>
    public Task BeginBytesAsync(string metadata, CancellationToken cancellationToken) => WriteAsync(
        Encoding.ASCII.GetBytes(Head(200, Date(), "server: uvicorn", $"metadata: {metadata}",
            "content-type: application/octet-stream", "vary: Origin", RequestId(), Connection(),
            "transfer-encoding: chunked")), cancellationToken);

    /// <summary><c>[DONE]</c> and the end of the body.</summary>
    public async Task EndStreamAsync(CancellationToken cancellationToken)
    {
        await EventAsync("[DONE]", cancellationToken);
        await EndChunksAsync(cancellationToken);
    }

    /// <summary>The end of a body.</summary>
    public Task EndChunksAsync(CancellationToken cancellationToken) => WriteAsync(LastChunk, cancellationToken);

    private static string Head(int status, params ReadOnlySpan<string?> lines)
    {
        var text = new StringBuilder($"HTTP/1.1 {status} {Phrase(status)}\r\n");
        foreach (string? line in lines)
        {
            if (line is not null)
            {
                text.Append(line).Append("\r\n");
            }
        }

        return text.Append("\r\n").ToString();
    }

    private static string Phrase(int status) => status switch
    {
        200 => "OK",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        500 => "Internal Server Error",
        _ => "Service Unavailable",
    };

    private string Date() => "date: " + options.Time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);

    private string? Connection() => Closes ? "connection: close" : null;

    private string? RequestId() => options.EnableRequestIdHeaders
        ? "x-request-id: " + (request.Header("x-request-id") ?? Guid.NewGuid().ToString("N"))
        : null;

    private async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        await gate(cancellationToken);
        HasBegun = true;
        await stream.WriteAsync(bytes, cancellationToken);
    }
}
