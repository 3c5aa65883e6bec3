using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>
/// A context with its sequences and the one batch it is fed through. Used by the decode thread alone. The batch's
/// arrays
/// are pinned, so that filling it allocates nothing.
/// </summary>
internal sealed unsafe class LlamaContext : IDisposable
{
    private const int MeanPooling = 1;

    private readonly LlamaContextHandle _handle;
    private readonly Stack<int> _freeSequences = new();
    private readonly int[] _positions;
    private readonly int[] _sequenceCounts;
    private readonly nint[] _sequences;
    private readonly sbyte[] _wantsOutput;
    private readonly int[] _sequence = GC.AllocateArray<int>(1, pinned: true);
    private readonly bool _everyOutput;
    private int _rented;
    private bool _wasUsed;

    /// <summary>Makes a context.</summary>
    /// <exception cref="BridgeException">There is not enough memory for it, or the library took other values than it
    /// was
    /// given.</exception>
    public LlamaContext(LlamaModelHandle model, ContextSpec spec)
    {
        ParamBlob parameters = Parameters(spec);
        LlamaLogSink.ForgetError();
        nint context = LlamaApi.InitFromModel(model, parameters);
        if (context == 0)
        {
            throw new BridgeException(
                BridgeFailure.ModelLoadFailed, FailureStage.Admit,
                $"llama.cpp could not make a context of {spec.Sequences} × {spec.ContextTokens} tokens: "
                + $"{LlamaLogSink.FirstError ?? "no reason was given"}. Lower ContextTokens or ParallelRequests.");
        }

        _handle = new LlamaContextHandle(model, context);
        try
        {
            CompareWith(spec);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }

        Memory = LlamaApi.ContextMemory(_handle);
        _everyOutput = spec.Embeddings;
        _positions = GC.AllocateArray<int>(spec.BatchTokens, pinned: true);
        _sequenceCounts = GC.AllocateArray<int>(spec.BatchTokens, pinned: true);
        _sequences = GC.AllocateArray<nint>(spec.BatchTokens, pinned: true);
        _wantsOutput = GC.AllocateArray<sbyte>(spec.BatchTokens, pinned: true);
        Array.Fill(_sequenceCounts, 1);
        Array.Fill(_sequences, (nint)Pointer(_sequence));
        for (int i = spec.Sequences - 1; i >= 0; i--)
        {
            _freeSequences.Push(i);
        }
    }

    private nint Memory { get; }

    /// <summary>Takes a free sequence, its memory empty. There is one for every request that runs at a time.</summary>
    public int Rent()
    {
        _wasUsed = true;
        _rented++;
        return _freeSequences.Pop();
    }

    /// <summary>Gives a sequence back and forgets its tokens.</summary>
    public void Return(int sequence)
    {
        Forget(sequence);
        _wasUsed = true;
        _rented--;
        _freeSequences.Push(sequence);
    }

    /// <summary>Whether the context is in use, or was since this was last asked.</summary>
    public bool TakeWasUsed()
    {
        bool used = _wasUsed;
        _wasUsed = _rented > 0;
        return used;
    }

    /// <summary>Forgets the tokens of a sequence.</summary>
    public void Forget(int sequence)
    {
        // Models without attention over the past have no memory.
        if (Memory != 0)
        {
            LlamaApi.MemoryRemove(Memory, sequence, -1, -1);
        }
    }

    /// <summary>Runs tokens through the model.</summary>
    /// <param name="tokens">The tokens, at most the batch's size.</param>
    /// <param name="position">The place of the first one in its sequence.</param>
    /// <param name="sequence">The sequence.</param>
    /// <param name="wantsOutput">Whether the last token's output is wanted.</param>
    /// <returns>llama_decode's answer: 0 for success.</returns>
    public int Decode(ReadOnlySpan<int> tokens, int position, int sequence, bool wantsOutput)
    {
        _sequence[0] = sequence;
        for (int i = 0; i < tokens.Length; i++)
        {
            _positions[i] = position + i;
            _wantsOutput[i] = _everyOutput ? (sbyte)1 : (sbyte)0;
        }

        _wantsOutput[tokens.Length - 1] = wantsOutput ? (sbyte)1 : (sbyte)0;
        fixed (int* ids = tokens)
        {
            return LlamaApi.Decode(_handle, new LlamaBatch
            {
                Count = tokens.Length,
                Tokens = ids,
                Positions = Pointer(_positions),
                SequenceCounts = Pointer(_sequenceCounts),
                Sequences = (int**)Pointer(_sequences),
                WantsOutput = Pointer(_wantsOutput),
            });
        }
    }

    /// <summary>The logits of the last output, one per token of the vocabulary; valid until the next decode.</summary>
    public Span<float> Logits(int vocabularyCount)
    {
        float* logits = LlamaApi.LogitsOf(_handle, -1);
        return logits is null ? [] : new Span<float>(logits, vocabularyCount);
    }

    /// <summary>The pooled embedding of a sequence; empty when there is none. Valid until the next decode.</summary>
    public ReadOnlySpan<float> Embedding(int sequence, int length)
    {
        float* embedding = LlamaApi.EmbeddingOf(_handle, sequence);
        return embedding is null ? [] : new ReadOnlySpan<float>(embedding, length);
    }

    /// <summary>Chooses the next token from the last output.</summary>
    public int Sample(SamplerChain sampler) => sampler.Sample(_handle);

    /// <summary>Applies one adapter to everything that this context decodes.</summary>
    public void Apply(LlamaAdapterHandle adapter, float scale)
    {
        bool held = false;
        try
        {
            adapter.DangerousAddRef(ref held);
            nint pointer = adapter.DangerousGetHandle();
            if (LlamaApi.SetAdaptersLora(_handle, &pointer, 1, &scale) != 0)
            {
                throw new BridgeException(
                    BridgeFailure.ModelLoadFailed, FailureStage.Admit,
                    "llama.cpp refused the adapter. Check that it was made for this model.");
            }
        }
        finally
        {
            if (held)
            {
                adapter.DangerousRelease();
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    private static ParamBlob Parameters(ContextSpec spec)
    {
        ContextLayout layout = LlamaLibrary.Current.Features.Context;
        ParamBlob parameters = LlamaApi.ContextDefaultParams();
        parameters.Write(ContextLayout.ContextTokens, TotalTokens(spec));
        parameters.Write(ContextLayout.Batch, spec.BatchTokens);
        parameters.Write(ContextLayout.MicroBatch, spec.BatchTokens);
        parameters.Write(ContextLayout.Sequences, spec.Sequences);
        parameters.Write(layout.Threads, spec.Threads);
        parameters.Write(layout.Threads + sizeof(int), spec.Threads);
        if (spec.Embeddings)
        {
            parameters.Write(layout.Flags, true);
            if (spec.MeanPooling)
            {
                parameters.Write(layout.Pooling, MeanPooling);
            }
        }
        else if (layout.OutputsMax is { } outputsMax)
        {
            // One logits row per sequence is all that is read; the default reserves one per token of the batch.
            parameters.Write(outputsMax, spec.Sequences);
        }

        return parameters;
    }

    // llama.cpp rounds each sequence's share up to 256 tokens.
    private static int TotalTokens(ContextSpec spec) => (spec.ContextTokens + 255) / 256 * 256 * spec.Sequences;

    // What was written at offsets that were worked out must come back by name.
    private void CompareWith(ContextSpec spec)
    {
        bool same = LlamaApi.ContextTokens(_handle) >= TotalTokens(spec)
            && LlamaApi.ContextBatch(_handle) >= spec.BatchTokens
            && LlamaApi.ContextMicroBatch(_handle) >= spec.BatchTokens
            && LlamaApi.ContextSequences(_handle) == spec.Sequences
            && LlamaApi.ContextThreads(_handle) == spec.Threads
            && LlamaApi.ContextBatchThreads(_handle) == spec.Threads
            && (!spec.MeanPooling || LlamaApi.ContextPooling(_handle) == MeanPooling);
        if (!same)
        {
            throw NativeFailure.Library(
                "it took other parameters than it was given, so its layout is not what it seemed");
        }
    }

    private static T* Pointer<T>(T[] pinned)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
}
