using System.Runtime.InteropServices;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>A chain of samplers, which owns those added to it.</summary>
internal sealed class LlamaSamplerHandle : SafeHandle
{
    public LlamaSamplerHandle(nint sampler)
        : base(0, ownsHandle: true) => SetHandle(sampler);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LlamaApi.SamplerFree(handle);
        return true;
    }
}
