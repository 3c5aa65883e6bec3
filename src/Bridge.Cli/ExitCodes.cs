using ThemisBridge.Core.Failures;

namespace ThemisBridge.Cli;

/// <summary>The exit codes of <c>themis-bridge</c>: those of sysexits.h, and 128 + signal.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 64;

    /// <summary>The request is wrong: an option out of range, an unknown model, a prompt over the context.</summary>
    public const int Request = 65;

    /// <summary>A model or adapter file is missing, damaged or of an unknown kind.</summary>
    public const int ModelFile = 66;

    /// <summary>No engine could be reached, or the native library is missing or unknown.</summary>
    public const int Unavailable = 69;

    /// <summary>A fault in this program or in an engine.</summary>
    public const int Software = 70;

    /// <summary>The answer broke off after some of it was given.</summary>
    public const int BrokenAnswer = 74;

    /// <summary>Engines are busy, or a time budget ran out: the same may work later.</summary>
    public const int TryLater = 75;

    /// <summary>The configuration is wrong.</summary>
    public const int Configuration = 78;

    /// <summary>Interrupted by ^C.</summary>
    public const int Interrupted = 130;

    /// <summary>The exit code of a failure.</summary>
    public static int Of(BridgeException failure) => failure switch
    {
        { OutputCommitted: true } => BrokenAnswer,
        {
            Failure: BridgeFailure.InvalidRequest or BridgeFailure.UnsupportedOption or BridgeFailure.UnknownModel
                or BridgeFailure.UnknownAdapter or BridgeFailure.ContextLengthExceeded or BridgeFailure.LimitExceeded
        } => Request,
        { Failure: BridgeFailure.InvalidModelFile or BridgeFailure.ModelLoadFailed } => ModelFile,
        { Failure: BridgeFailure.Busy or BridgeFailure.Draining or BridgeFailure.DeadlineExceeded } => TryLater,
        { Failure: BridgeFailure.EngineFailed or BridgeFailure.ProtocolViolation or BridgeFailure.AbortedByEngine } =>
            Software,
        _ => Unavailable,
    };
}
