using System.Net;
using Microsoft.AspNetCore.Http;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Server;

/// <summary>The checked <see cref="ListenOptions"/>.</summary>
/// <param name="Urls">What to bind.</param>
/// <param name="Token">The bearer token that guards every endpoint but <c>/health</c>; null for none.</param>
/// <param name="Uds">How frames are served at a Unix socket; null for not at all.</param>
public sealed record ListenPlan(IReadOnlyList<string> Urls, string? Token, UdsListenerOptions? Uds)
{
    private const string Section = $"{BridgeOptions.SectionName}:Listen";
    private const int MaxTokenFileBytes = 64 * 1024;

    /// <summary>Checks addresses and reads the token file.</summary>
    /// <param name="options">What was configured.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Something is wrong; each fault names
    /// its
    /// key.</exception>
    public static ListenPlan From(ListenOptions options)
    {
        List<string> faults = [];
        IReadOnlyList<string> urls = options.Http.Count > 0 ? [.. options.Http] : [ListenOptions.DefaultHttp];
        bool reachable = false;
        for (int i = 0; i < urls.Count; i++)
        {
            if (Parse(urls[i]) is not { Scheme: "http", PathBase: "", IsUnixPipe: false, IsNamedPipe: false } address)
            {
                faults.Add($"{Section}:Http:{i} \"{urls[i]}\": expected http://HOST:PORT, such as "
                    + $"\"{ListenOptions.DefaultHttp}\".");
                continue;
            }

            reachable |= !IsLoopback(address.Host);
        }

        string? token = ReadToken(options.TokenFile, faults);
        if (reachable && options.TokenFile is null && !options.InsecureNoAuth)
        {
            faults.Add($"{Section}:Http lets other machines in. Give --token-file FILE ({Section}:TokenFile), or "
                + $"--insecure-no-auth ({Section}:InsecureNoAuth) if anybody may use every engine.");
        }

        UdsListenerOptions? uds = ReadUds(options, token, faults);
        return faults.Count == 0
            ? new ListenPlan(urls, token, uds)
            : throw new Microsoft.Extensions.Options.OptionsValidationException(Section, typeof(ListenOptions), faults);
    }

    private static UdsListenerOptions? ReadUds(ListenOptions options, string? token, List<string> faults)
    {
        if (options.Uds is not { } path)
        {
            if (options.UdsAllowedUids.Count > 0 || options.UdsGroup is not null)
            {
                faults.Add($"{Section}:UdsAllowedUids and UdsGroup belong to a socket. Give --uds PATH ({Section}:Uds).");
            }

            return null;
        }

        var uds = new UdsListenerOptions { Path = path, Group = options.UdsGroup, Token = token };
        foreach (uint uid in options.UdsAllowedUids)
        {
            uds.AllowedUids.Add(uid);
        }

        if (uds.AllowedUids.Count > 0 && token is null)
        {
            faults.Add($"{Section}:UdsAllowedUids lets other users in. Give --token-file FILE ({Section}:TokenFile), "
                + "whose token each of them must show.");
        }
        else if (uds.FindFault() is { } fault)
        {
            faults.Add($"{Section}:Uds \"{path}\": {fault}");
        }

        return uds;
    }

    private static BindingAddress? Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static string? ReadToken(string? path, List<string> faults)
    {
        if (path is null)
        {
            return null;
        }

        string key = $"{Section}:TokenFile \"{path}\"";
        try
        {
            var file = new FileInfo(path);
            if (file.Length > MaxTokenFileBytes)
            {
                faults.Add($"{key} has {file.Length} bytes; a token file holds one token.");
                return null;
            }

            string token = File.ReadAllText(path).Trim();
            if (token.Length == 0 || token.Any(c => c is <= ' ' or > '~'))
            {
                faults.Add($"{key} must hold one token of visible ASCII characters.");
                return null;
            }

            return token;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{key} cannot be read: {exception.Message}");
            return null;
        }
    }
}
