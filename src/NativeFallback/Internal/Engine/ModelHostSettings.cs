namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>What the hosts of all models share of the configuration.</summary>
/// <param name="Backend">The backend's id, for messages.</param>
/// <param name="NativesFolder">Where llama.cpp is.</param>
/// <param name="Parallel">Requests on one model that run at a time.</param>
/// <param name="QueueLimit">Requests on one model that may wait.</param>
/// <param name="MaxAdapters">Adapters of one model.</param>
/// <param name="ContextIdleLimit">How long an unused context is kept.</param>
internal sealed record ModelHostSettings(
    string Backend, string NativesFolder, int Parallel, int QueueLimit, int MaxAdapters, TimeSpan ContextIdleLimit);
