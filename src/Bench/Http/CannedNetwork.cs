using System.Net;
using System.Net.Http.Headers;

namespace ThemisBridge.Bench.Http;

/// <summary>Answers every request at once with the same body, and remembers how long the request's was.</summary>
/// <param name="body">The answer.</param>
/// <param name="mediaType">The answer's type.</param>
internal sealed class CannedNetwork(byte[] body, string mediaType) : HttpMessageHandler
{
    /// <summary>The length of the last request's body.</summary>
    public int RequestBytes { get; private set; }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null)
            RequestBytes = (await request.Content.ReadAsByteArrayAsync(cancellationToken)).Length;
        return new HttpResponseMessage(HttpStatusCode.OK)
        {
            RequestMessage = request,
            Content = new StreamContent(new MemoryStream(body, writable: false))
            {
                Headers = { ContentType = new MediaTypeHeaderValue(mediaType) },
            },
        };
    }
}
