namespace ThemisBridge.Transports.Http.Connections;

/// <summary>A server's address: <c>http(s)://HOST[:PORT][/BASE]</c> or <c>http+unix://PATH</c>.</summary>
/// <param name="Text">As configured, for operators.</param>
/// <param name="Root">What the routes are appended to; ends with a slash.</param>
/// <param name="UnixSocketPath">The Unix socket that is connected to, or null for TCP.</param>
internal sealed record HttpAddress(string Text, Uri Root, string? UnixSocketPath)
{
    private const string UnixPrefix = "http+unix://";

    // sun_path of Linux, less its terminating zero.
    private const int MaxUnixPathBytes = 107;

    /// <summary>The schemes that <see cref="TryParse"/> knows.</summary>
    public static IReadOnlyList<string> Schemes { get; } = ["http", "https", "http+unix"];

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <param name="address">The parts, or null.</param>
    /// <returns>Null, or what is wrong and what was expected.</returns>
    public static string? TryParse(string text, out HttpAddress? address)
    {
        address = null;
        return text.StartsWith(UnixPrefix, StringComparison.OrdinalIgnoreCase)
            ? ParseUnix(text, out address)
            : ParseTcp(text, out address);
    }

    /// <summary>The address of a route.</summary>
    /// <param name="route">The route, such as <c>/v1/models</c>.</param>
    public Uri Of(string route) => new(Root, route.TrimStart('/'));

    private static string? ParseUnix(string text, out HttpAddress? address)
    {
        address = null;
        string path = text[UnixPrefix.Length..];
        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal))
        {
            return "expected the absolute path of a Unix socket, such as http+unix:///run/vllm/vllm.sock.";
        }

        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxUnixPathBytes)
        {
            return $"the path of a Unix socket has at most {MaxUnixPathBytes} bytes.";
        }

        address = new HttpAddress(text, new Uri("http://localhost/"), path);
        return null;
    }

    private static string? ParseTcp(string text, out HttpAddress? address)
    {
        address = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) || uri.Host.Length == 0)
        {
            return "expected http://HOST:PORT, https://HOST:PORT or http+unix:///PATH.";
        }

        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            return "expected an address without user name, query and fragment; a key belongs into ApiKeyFile.";
        }

        // People paste OpenAI's base address; /health and /tokenize stand beside /v1, not in it.
        string path = uri.AbsolutePath.TrimEnd('/');
        path = path.EndsWith("/v1", StringComparison.Ordinal) ? path[..^3] : path;
        address = new HttpAddress(text, new Uri(uri.GetLeftPart(UriPartial.Authority) + path + "/"), null);
        return null;
    }
}
