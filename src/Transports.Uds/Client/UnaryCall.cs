using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Transports.Uds.Client;

/// <summary>A request that is no generation: waits for its results and its end.</summary>
internal sealed class UnaryCall(string backend) : IClientCall
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its handle, once it was sent.</summary>
    public uint Handle { get; set; }

    /// <summary>Completes with the request's end.</summary>
    public Task Done => _done.Task;

    /// <summary>The vectors, in the order of the inputs.</summary>
    public List<ReadOnlyMemory<float>> Vectors { get; } = [];

    /// <summary>The token ids.</summary>
    public int[] Ids { get; private set; } = [];

    /// <summary>The model's context in tokens, or null.</summary>
    public int? MaxModelLength { get; private set; }

    /// <summary>Text or JSON in UTF-8.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>The text.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>What it took.</summary>
    public TokenUsage Usage { get; private set; }

    public void OnAccepted(in AcceptedFrame frame) => throw new InvalidOperationException("Only generations are accepted.");

    public FrameFault? OnRow(in StepRow row) => FrameFault.Protocol("A row came for what is no generation.");

    public void OnResult(in ResultFrame frame)
    {
        switch (frame.Kind)
        {
            case ResultKind.Embedding:
                float[] numbers = frame.Vectors.ToArray();
                for (int i = 0; i < frame.Count; i++)
                {
                    Vectors.Add(numbers.AsMemory(i * frame.Extra, frame.Extra));
                }

                break;
            case ResultKind.Ids:
                Ids = frame.Ids.ToArray();
                MaxModelLength = frame.Extra == 0 ? null : frame.Extra;
                break;
            default:
                Bytes = frame.Text.ToArray();
                break;
        }
    }

    public void OnEnd(in EndFrame frame)
    {
        Usage = frame.Usage;
        _done.TrySetResult();
    }

    public void OnError(in ErrorFrame frame) => _done.TrySetException(frame.ToException(backend));

    public void OnExpired(FailureStage stage) => _done.TrySetException(CallFailures.Expired(backend, stage));

    public void OnLost(BridgeException failure, FailureStage stage) =>
        _done.TrySetException(CallFailures.Lost(backend, failure, stage));
}
