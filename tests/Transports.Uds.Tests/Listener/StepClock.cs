using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Uds.Tests.Listener;

/// <summary>An engine that gives every stream one token a step, all at the same moment.</summary>
internal sealed class StepClock(int streams)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _step = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    public async IAsyncEnumerable<InferenceChunk> AnswerAsync(
        int steps, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (InferenceChunk chunk in Chunks.Tokens(steps))
        {
            await WaitAsync().WaitAsync(cancellationToken);
            yield return chunk;
        }
    }

    private Task WaitAsync()
    {
        lock (_lock)
        {
            Task step = _step.Task;
            if (++_waiting == streams)
            {
                _waiting = 0;
                _step.SetResult();
                _step = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return step;
        }
    }
}
