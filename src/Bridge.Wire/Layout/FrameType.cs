namespace ThemisBridge.Wire.Layout;

/// <summary>The frames. FRAMING.md section 1.</summary>
public enum FrameType : byte
{
    /// <summary>Who I am and what I can do; the first frame of each side.</summary>
    Hello = 1,

    /// <summary>Moves the channel elsewhere, before the first request.</summary>
    Upgrade = 2,

    /// <summary>Generate, embed, tokenize or detokenize.</summary>
    Request = 3,

    /// <summary>A generation was admitted.</summary>
    Accepted = 4,

    /// <summary>New tokens of many generations.</summary>
    Step = 5,

    /// <summary>The answer of everything that is no generation.</summary>
    Result = 6,

    /// <summary>A request is complete.</summary>
    End = 7,

    /// <summary>A request failed, or the connection did.</summary>
    Error = 8,

    /// <summary>Stops a request.</summary>
    Cancel = 9,

    /// <summary>More tokens may be sent.</summary>
    Credit = 10,

    /// <summary>Is anybody there?</summary>
    Ping = 11,

    /// <summary>The answer to a ping.</summary>
    Pong = 12,

    /// <summary>Health, metrics, adapters.</summary>
    Admin = 13,

    /// <summary>No new requests; the listener is about to leave.</summary>
    GoAway = 14,
}
