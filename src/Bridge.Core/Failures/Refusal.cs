namespace ThemisBridge.Core.Failures;

/// <summary>Makes the exceptions for requests that are refused before anything was done.</summary>
public static class Refusal
{
    /// <summary>The request itself is wrong.</summary>
    /// <param name="parameter">The field at fault, in the field's usual spelling.</param>
    /// <param name="message">What was wrong and what to do.</param>
    public static BridgeException InvalidRequest(string parameter, string message) =>
        new(BridgeFailure.InvalidRequest, FailureStage.Admit, message) { Parameter = parameter };

    /// <summary>The backend cannot honour an option.</summary>
    /// <param name="backend">The backend's id.</param>
    /// <param name="option">The option by name.</param>
    /// <param name="message">What to do instead.</param>
    public static BridgeException Unsupported(string backend, string option, string message) =>
        new(BridgeFailure.UnsupportedOption, FailureStage.Admit, message) { Backend = backend, Parameter = option };
}
