namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>A model's vocabulary: part of the model, so all there is to free is the hold on it.</summary>
internal sealed class LlamaVocabularyHandle(LlamaModelHandle model, nint value) : LlamaChildHandle(model, value)
{
    protected override void Free(nint value)
    {
    }
}
