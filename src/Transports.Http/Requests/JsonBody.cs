using System.Net;
using System.Net.Http.Headers;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>
/// A JSON request body in a <see cref="PooledBuffer"/> that belongs to the caller, who may dispose it at any time. It
/// knows whether its sending has begun, which is the moment when a connection stands.
/// </summary>
internal sealed class JsonBody : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly PooledBuffer _buffer;
    private readonly Action? _connected;

    /// <param name="buffer">The body; held while it is sent, which may go on after the request was given up.</param>
    /// <param name="connected">Called when a connection stands and the request goes out; or null.</param>
    public JsonBody(PooledBuffer buffer, Action? connected)
    {
        _buffer = buffer;
        _connected = connected;
        Headers.ContentType = Json;
    }

    /// <summary>Whether the request has begun to go out.</summary>
    public bool WasOffered { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = _buffer.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        WasOffered = true;
        _connected?.Invoke();
        ObjectDisposedException.ThrowIf(!_buffer.TryRetain(), this);
        try
        {
            await stream.WriteAsync(_buffer.Written, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _buffer.Dispose();
        }
    }
}
