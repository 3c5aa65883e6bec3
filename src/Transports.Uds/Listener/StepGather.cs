using System.Buffers;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>
/// Gathers rows of all generations of a connection into as few STEP frames as possible. Rows with probabilities need
/// frames of their own; what was gathered before is written first, so that a generation's rows stay in order.
/// </summary>
/// <param name="maxFrameBytes">The longest frame that the client accepts.</param>
internal sealed class StepGather(int maxFrameBytes)
{
    private readonly StepBuilder _plain = new(withLogprobs: false);
    private readonly StepBuilder _withLogprobs = new(withLogprobs: true);

    /// <summary>Whether nothing is gathered.</summary>
    public bool IsEmpty => _plain.RowCount + _withLogprobs.RowCount == 0;

    /// <summary>Adds a row.</summary>
    /// <param name="output">Where full frames are written to.</param>
    /// <param name="handle">Whose.</param>
    /// <param name="ids">Its token ids.</param>
    /// <param name="text">Its text.</param>
    /// <param name="details">Its details, or empty.</param>
    /// <param name="logprobs">One entry per token id known by id, or null.</param>
    /// <exception cref="BridgeException">It is too large for any frame.</exception>
    public void Add(
        IBufferWriter<byte> output, uint handle, ReadOnlySpan<int> ids, ReadOnlySpan<char> text, byte[] details,
        IReadOnlyList<TokenLogprob>? logprobs)
    {
        (StepBuilder builder, StepBuilder other) = logprobs is null ? (_plain, _withLogprobs) : (_withLogprobs, _plain);
        other.Flush(output);
        int bytes = (3 * text.Length) + details.Length;
        if (details.Length > WireLimits.MaxJsonBytes)
        {
            throw TooLong();
        }

        if (!builder.Fits(ids.Length, bytes, maxFrameBytes))
        {
            builder.Flush(output);
            if (!builder.Fits(ids.Length, bytes, maxFrameBytes))
            {
                throw TooLong();
            }
        }

        builder.Add(handle, ids, text, details);
        if (logprobs is not null)
        {
            builder.AddLogprobs(logprobs);
        }
    }

    /// <summary>Writes what is gathered.</summary>
    public void Flush(IBufferWriter<byte> output)
    {
        _plain.Flush(output);
        _withLogprobs.Flush(output);
    }

    private static BridgeException TooLong() => new(BridgeFailure.LimitExceeded, FailureStage.Stream,
        "The engine gave a piece of output that is longer than the client accepts.");
}
