using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Layout;

/// <summary>The limits of the frames; layout.json's <c>limits</c>. Sizes in bytes.</summary>
public static class WireLimits
{
    /// <summary>The smallest limit of frames that a side may state.</summary>
    public const int MinFrameLimit = 64 * 1024;

    /// <summary>The longest frame.</summary>
    public const int MaxFrameBytes = RequestLimits.MaxMessageBytes;

    /// <summary>The longest HELLO.</summary>
    public const int MaxHelloBytes = 64 * 1024;

    /// <summary>The longest UPGRADE.</summary>
    public const int MaxUpgradeBytes = 4096;

    /// <summary>The longest JSON.</summary>
    public const int MaxJsonBytes = 8 * 1024 * 1024;

    /// <summary>The deepest JSON.</summary>
    public const int MaxJsonDepth = 16;

    /// <summary>The most requests open on a connection, and the most rows of a STEP.</summary>
    public const int MaxRequests = 65535;

    /// <summary>The most credit that a request can have.</summary>
    public const int MaxCredit = int.MaxValue;

    /// <summary>The longest name of a model or adapter.</summary>
    public const int MaxNameBytes = 256;

    /// <summary>The longest request id.</summary>
    public const int MaxRequestIdBytes = RequestLimits.MaxRequestIdLength;

    /// <summary>The longest <c>traceparent</c>.</summary>
    public const int MaxTraceparentBytes = 55;

    /// <summary>The longest tenant.</summary>
    public const int MaxTenantBytes = 4 * RequestLimits.MaxTenantLength;

    /// <summary>The most stop token ids.</summary>
    public const int MaxStopIds = 1024;

    /// <summary>The longest stop string of an END.</summary>
    public const int MaxStopBytes = 4096;

    /// <summary>The most alternatives of a token.</summary>
    public const int MaxTopLogprobs = 32;

    /// <summary>The longest message of an ERROR or GOAWAY.</summary>
    public const int MaxMessageBytes = 4096;

    /// <summary>The longest name of a field in an ERROR.</summary>
    public const int MaxParameterBytes = 256;

    /// <summary>The longest bearer token.</summary>
    public const int MaxBearerBytes = 4096;
}
