namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>A context: key/value cache and compute buffers.</summary>
internal sealed class LlamaContextHandle(LlamaModelHandle model, nint value) : LlamaChildHandle(model, value)
{
    protected override void Free(nint value) => LlamaApi.Free(value);
}
