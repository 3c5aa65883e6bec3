namespace ThemisBridge.Server;

/// <summary>Where the server listens, and who may come: the section <c>ThemisBridge:Listen</c>.</summary>
public sealed class ListenOptions
{
    /// <summary>The address when none is configured.</summary>
    public const string DefaultHttp = "http://127.0.0.1:8766";

    /// <summary>Addresses of the HTTP listener, <c>http://HOST:PORT</c> each; port 0 for any free one. Empty:
    /// <see cref="DefaultHttp"/>.</summary>
    public IList<string> Http { get; } = [];

    /// <summary>The absolute path of a Unix socket where frames are served beside HTTP; null for none.</summary>
    public string? Uds { get; set; }

    /// <summary>Users that may connect to <see cref="Uds"/> beside our own; each must show the token.</summary>
    public IList<uint> UdsAllowedUids { get; } = [];

    /// <summary>The group that the socket and its folder are given for those users; null leaves it as it is.</summary>
    public uint? UdsGroup { get; set; }

    /// <summary>A file whose content, without white space around it, is the bearer token that callers must
    /// send.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Whether a listener that other machines reach may go without a token. Default: false.</summary>
    public bool InsecureNoAuth { get; set; }
}
