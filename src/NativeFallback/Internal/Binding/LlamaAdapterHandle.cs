namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>A loaded LoRA adapter.</summary>
internal sealed class LlamaAdapterHandle(LlamaModelHandle model, nint value) : LlamaChildHandle(model, value)
{
    // Releases without the function free adapters with their model.
    protected override void Free(nint value)
    {
        if (LlamaLibrary.Current.Features.HasAdapterFree)
        {
            LlamaApi.AdapterLoraFree(value);
        }
    }
}
