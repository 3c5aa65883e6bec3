using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>One embedding request on the decode thread: one input per step.</summary>
internal sealed class EmbeddingJob(IReadOnlyList<ReadOnlyMemory<int>> inputs, int vectorLength) : DecodeJob
{
    private readonly TaskCompletionSource<IReadOnlyList<ReadOnlyMemory<float>>> _result =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly List<ReadOnlyMemory<float>> _vectors = [];
    private LlamaContext? _context;
    private int _sequence;

    /// <summary>The vectors, of length 1 in the Euclidean norm.</summary>
    public Task<IReadOnlyList<ReadOnlyMemory<float>>> Result => _result.Task;

    public override bool Step(ContextPool contexts)
    {
        if (_context is null)
        {
            _context = contexts.ForEmbeddings();
            _sequence = _context.Rent();
        }

        _vectors.Add(Embed(_context, inputs[_vectors.Count].Span));
        if (_vectors.Count < inputs.Count)
        {
            return true;
        }

        _result.TrySetResult(_vectors);
        return false;
    }

    public override void Fail(Exception failure) => _result.TrySetException(failure);

    protected override void Release() => _context?.Return(_sequence);

    private float[] Embed(LlamaContext context, ReadOnlySpan<int> tokens)
    {
        context.Forget(_sequence);
        int result = context.Decode(tokens, 0, _sequence, wantsOutput: true);
        ReadOnlySpan<float> raw = result == 0 ? context.Embedding(_sequence, vectorLength) : [];
        return raw.Length > 0
            ? Normalise(raw)
            : throw new BridgeException(
                BridgeFailure.EngineFailed, FailureStage.Prefill,
                $"llama.cpp gave no embedding (result {result}). Check that the model is made for embeddings.");
    }

    private static float[] Normalise(ReadOnlySpan<float> raw)
    {
        double squares = 0;
        foreach (float value in raw)
        {
            squares += (double)value * value;
        }

        if (!double.IsFinite(squares))
        {
            throw new BridgeException(
                BridgeFailure.EngineFailed, FailureStage.Prefill,
                "The model computed values that are no numbers. Its weights are damaged: compare the file's digest.");
        }

        float scale = squares > 0 ? (float)(1 / Math.Sqrt(squares)) : 0;
        float[] vector = raw.ToArray();
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] *= scale;
        }

        return vector;
    }
}
