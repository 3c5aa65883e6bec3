namespace ThemisBridge.Core.Contracts;

/// <summary>
/// The bridge: one client for every configured model. It chooses an engine by route, capability and health, fails over
/// before the first token, and keeps the time budgets. Every answer says which engine gave it.
/// </summary>
public interface IThemisBridge : IInferenceBackend
{
    /// <summary>The public names of the models that have a route, in the order of the configuration.</summary>
    IReadOnlyList<string> Models { get; }
}
