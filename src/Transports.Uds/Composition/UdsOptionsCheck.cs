using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Composition;

/// <summary>Finds what is wrong with options before anything connects or listens.</summary>
internal static class UdsOptionsCheck
{
    private const int MostWindowTokens = 1024 * 1024;

    /// <summary>The first fault of a client's options with what was expected, or null.</summary>
    public static string? FaultOf(UdsBackendOptions options) =>
        FaultOfToken(options)
        ?? FaultOfTime(options.ConnectTimeout, nameof(options.ConnectTimeout))
        ?? FaultOfTime(options.ProbeTimeout, nameof(options.ProbeTimeout))
        ?? FaultOfTime(options.CallTimeout, nameof(options.CallTimeout))
        ?? FaultOfTime(options.PingAfter, nameof(options.PingAfter))
        ?? FaultOfTime(options.SilenceTimeout, nameof(options.SilenceTimeout))
        ?? FaultOfTime(options.FirstBackoff, nameof(options.FirstBackoff))
        ?? FaultOfTime(options.LongestBackoff, nameof(options.LongestBackoff))
        ?? FaultOfNumber(options.WindowTokens, 16, MostWindowTokens, nameof(options.WindowTokens));

    /// <summary>The first fault of a listener's options with what was expected, or null.</summary>
    public static string? FaultOf(UdsListenerOptions options) =>
        Handshake.SocketPath.FaultOf(options.Path)
        ?? (options.Token is { } token ? FaultOfToken(token) : null)
        ?? (options.AllowedUids.Count > 0 && options.Token is null
            ? "AllowedUids lists users, and there is no Token that they could show." : null)
        ?? FaultOfTime(options.HandshakeTimeout, nameof(options.HandshakeTimeout))
        ?? FaultOfTime(options.PingAfter, nameof(options.PingAfter))
        ?? FaultOfTime(options.SilenceTimeout, nameof(options.SilenceTimeout))
        ?? FaultOfNumber(options.MaxConnections, 1, int.MaxValue, nameof(options.MaxConnections))
        ?? FaultOfNumber(options.MaxRequests, 1, WireLimits.MaxRequests, nameof(options.MaxRequests))
        ?? FaultOfNumber(options.MaxOpenRequestBytes, 1, long.MaxValue, nameof(options.MaxOpenRequestBytes));

    /// <summary>The token from wherever it is configured, or null.</summary>
    public static string? ReadToken(UdsBackendOptions options) =>
        options.TokenFile is { } file ? ReadToken(file) : options.Token;

    // One byte more than may be in a token says enough about a file that holds none.
    private static string ReadToken(string file)
    {
        using FileStream stream = File.OpenRead(file);
        Span<byte> bytes = stackalloc byte[WireLimits.MaxBearerBytes + 3];
        int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(bytes[..count]).Trim();
    }

    private static string? FaultOfToken(UdsBackendOptions options)
    {
        if (options.Token is not null && options.TokenFile is not null)
        {
            return "both Token and TokenFile are set; expected one of them.";
        }

        try
        {
            return ReadToken(options) is { } token ? FaultOfToken(token) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"TokenFile cannot be read: {e.Message}";
        }
    }

    // The token is a secret, so it is not repeated.
    private static string? FaultOfToken(string token) =>
        token.Length is > 0 and <= WireLimits.MaxBearerBytes && !token.Any(c => c is <= ' ' or > '~')
            ? null : $"the token must be 1 to {WireLimits.MaxBearerBytes} visible ASCII characters.";

    private static string? FaultOfTime(TimeSpan value, string name) =>
        value > TimeSpan.Zero && value <= DeadlineBudgets.Longest
            ? null
            : $"{name} is {value}; expected a duration such as \"00:00:05\", above zero and at most "
                + $"{DeadlineBudgets.Longest.TotalHours} hours.";

    private static string? FaultOfNumber(long value, long least, long most, string name) =>
        value >= least && value <= most ? null : $"{name} is {value}; expected {least} to {most}.";
}
