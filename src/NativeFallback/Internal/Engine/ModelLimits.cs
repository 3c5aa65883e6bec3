namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>What a loaded model works within.</summary>
/// <param name="ContextTokens">The context of one request.</param>
/// <param name="Parallel">Requests that run at a time.</param>
/// <param name="BatchTokens">The most prompt tokens of one step.</param>
/// <param name="Threads">Threads of one decode.</param>
/// <param name="GpuLayers">Layers on a GPU.</param>
internal sealed record ModelLimits(int ContextTokens, int Parallel, int BatchTokens, int Threads, int GpuLayers);
