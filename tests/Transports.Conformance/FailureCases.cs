using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Conformance;

/// <summary>Every failure that a transport has to carry.</summary>
public static class FailureCases
{
    /// <summary>All values of <see cref="BridgeFailure"/>.</summary>
    public static TheoryData<BridgeFailure> All => [.. Enum.GetValues<BridgeFailure>()];
}
