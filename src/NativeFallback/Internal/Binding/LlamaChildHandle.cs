using System.Runtime.InteropServices;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>Something that must be freed before the model it was made from.</summary>
internal abstract class LlamaChildHandle : SafeHandle
{
    private readonly LlamaModelHandle _model;

    protected LlamaChildHandle(LlamaModelHandle model, nint value)
        : base(0, ownsHandle: true)
    {
        _model = model;
        bool held = false;
        model.DangerousAddRef(ref held);
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    protected sealed override bool ReleaseHandle()
    {
        Free(handle);
        _model.DangerousRelease();
        return true;
    }

    protected abstract void Free(nint value);
}
