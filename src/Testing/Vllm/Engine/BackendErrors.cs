using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>What vLLM would say where the backend failed.</summary>
internal static class BackendErrors
{
    /// <summary>Asks the backend.</summary>
    /// <exception cref="VllmError">It failed.</exception>
    public static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (BridgeException e)
        {
            throw Translate(e);
        }
    }

    public static VllmError Translate(BridgeException failure) => failure.Failure switch
    {
        BridgeFailure.InvalidRequest or BridgeFailure.UnsupportedOption or BridgeFailure.ContextLengthExceeded
            or BridgeFailure.LimitExceeded => VllmError.BadRequest(failure.Message, failure.Parameter),
        BridgeFailure.UnknownModel or BridgeFailure.UnknownAdapter => VllmError.NotFound(failure.Message, "model"),
        BridgeFailure.Busy => VllmError.Busy(),
        _ => VllmError.EngineDead(),
    };
}
