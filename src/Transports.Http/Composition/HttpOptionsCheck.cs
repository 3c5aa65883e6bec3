using System.Collections.Frozen;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Http.Connections;

namespace ThemisBridge.Transports.Http.Composition;

/// <summary>Finds what is wrong with <see cref="HttpBackendOptions"/> before anything connects.</summary>
internal static class HttpOptionsCheck
{
    private const string TokenExtras = "!#$%&'*+-.^_`|~";

    // What frames a message, or is set for each request.
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "Connection", "Transfer-Encoding", "Upgrade", "Expect", "Accept-Encoding",
        "X-Request-Id", "traceparent");

    /// <summary>The first fault with what was expected, or null.</summary>
    public static string? FaultOf(HttpBackendOptions options) =>
        FaultOfKey(options)
        ?? options.Headers.Select(header => FaultOfHeader(header, options)).FirstOrDefault(fault => fault is not null)
        ?? TlsSettings.FaultOf(options)
        ?? (options.StreamInterval is < 1 ? $"StreamInterval is {options.StreamInterval}; expected at least 1." : null)
        ?? FaultOfTime(options.IdleConnectionLifetime, nameof(options.IdleConnectionLifetime))
        ?? FaultOfTime(options.ConnectTimeout, nameof(options.ConnectTimeout))
        ?? FaultOfTime(options.ProbeTimeout, nameof(options.ProbeTimeout))
        ?? FaultOfTime(options.CallTimeout, nameof(options.CallTimeout))
        ?? (options.MaxEventBytes is < 1024 or > RequestLimits.MaxMessageBytes
            ? $"MaxEventBytes is {options.MaxEventBytes}; expected 1024 to {RequestLimits.MaxMessageBytes}."
            : null);

    /// <summary>The key from wherever it is configured, or null.</summary>
    public static string? ReadKey(HttpBackendOptions options) =>
        options.ApiKeyFile is { } file ? File.ReadLines(file).FirstOrDefault()?.Trim() : options.ApiKey;

    private static string? FaultOfKey(HttpBackendOptions options)
    {
        if (options.ApiKey is not null && options.ApiKeyFile is not null)
        {
            return "both ApiKey and ApiKeyFile are set; expected one of them.";
        }

        try
        {
            return ReadKey(options) is { } key && (key.Length == 0 || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
                ? "the API key is empty or holds characters that no header can carry; expected visible ASCII."
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"ApiKeyFile cannot be read: {e.Message}";
        }
    }

    private static string? FaultOfHeader(KeyValuePair<string, string> header, HttpBackendOptions options)
    {
        bool isName = header.Key.Length > 0
            && header.Key.All(c => char.IsAsciiLetterOrDigit(c) || TokenExtras.Contains(c, StringComparison.Ordinal));
        // The value may be a secret, so it is not repeated.
        if (!isName || (header.Value ?? "").AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return $"the header '{header.Key}' has a name or value that HTTP does not allow; expected printable ASCII.";
        }

        bool hasKey = options.ApiKey is not null || options.ApiKeyFile is not null;
        if (hasKey && header.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase))
        {
            return "the header 'Authorization' is set beside an API key, which is sent in it; expected one of them.";
        }

        // The platform takes headers of the body, such as Content-Type, for no request's.
        using var request = new HttpRequestMessage();
        return !Reserved.Contains(header.Key) && request.Headers.TryAddWithoutValidation(header.Key, header.Value)
            ? null
            : $"the header '{header.Key}' is set by the transport itself; expected another one.";
    }

    private static string? FaultOfTime(TimeSpan value, string name) =>
        value > TimeSpan.Zero && value <= DeadlineBudgets.Longest
            ? null
            : $"{name} is {value}; expected a duration such as \"00:00:04\", above zero and at most "
                + $"{DeadlineBudgets.Longest.TotalHours} hours.";
}
