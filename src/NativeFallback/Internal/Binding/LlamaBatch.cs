using System.Runtime.InteropServices;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary><c>llama_batch</c>: 56 bytes, the same in every release.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LlamaBatch
{
    public int Count;
    public int* Tokens;
    public float* Embeddings;
    public int* Positions;
    public int* SequenceCounts;
    public int** Sequences;
    public sbyte* WantsOutput;
}
