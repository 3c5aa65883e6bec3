using ThemisBridge.Core.Failures;

namespace ThemisBridge.Wire.Frames;

/// <summary>What is wrong with a frame of the peer. FRAMING.md section 5.</summary>
public sealed class FrameFault
{
    private FrameFault(BridgeFailure failure, string reason, string? parameter, bool endsConnection)
    {
        Failure = failure;
        Reason = reason;
        Parameter = parameter;
        EndsConnection = endsConnection;
    }

    /// <summary>The cause.</summary>
    public BridgeFailure Failure { get; }

    /// <summary>What was wrong; holds nothing that the peer wrote but names of fields.</summary>
    public string Reason { get; }

    /// <summary>The field of a request that is at fault, or null.</summary>
    public string? Parameter { get; }

    /// <summary>Whether the connection cannot go on; otherwise only the request is refused.</summary>
    public bool EndsConnection { get; }

    /// <summary>The peer broke a rule.</summary>
    /// <param name="reason">Which.</param>
    public static FrameFault Protocol(string reason) =>
        new(BridgeFailure.ProtocolViolation, reason, null, endsConnection: true);

    /// <summary>The peer went over a limit.</summary>
    /// <param name="reason">Which.</param>
    public static FrameFault Limit(string reason) =>
        new(BridgeFailure.LimitExceeded, reason, null, endsConnection: true);

    /// <summary>The content of one request is wrong.</summary>
    /// <param name="parameter">The field at fault.</param>
    /// <param name="reason">What is wrong with it.</param>
    public static FrameFault Content(string parameter, string reason) =>
        new(BridgeFailure.InvalidRequest, reason, parameter, endsConnection: false);

    /// <summary>One request asks for something that is not known here.</summary>
    /// <param name="option">What, by name.</param>
    public static FrameFault Unsupported(string option) =>
        new(BridgeFailure.UnsupportedOption, $"This listener does not know '{option}'. Leave it out.", option, endsConnection: false);
}
