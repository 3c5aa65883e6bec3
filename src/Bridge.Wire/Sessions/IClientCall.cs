using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Wire.Sessions;

/// <summary>
/// What a client's handle stands for. Called by <see cref="ClientSession"/> while a frame is read, so frames and rows
/// must be copied. After <see cref="OnEnd"/>, <see cref="OnError"/> or <see cref="OnLost"/> nothing more comes.
/// </summary>
public interface IClientCall
{
    /// <summary>A generation was admitted.</summary>
    /// <param name="frame">The frame.</param>
    void OnAccepted(in AcceptedFrame frame);

    /// <summary>New tokens of a generation.</summary>
    /// <param name="row">The row, already paid for.</param>
    /// <returns>What is wrong with its details, or null.</returns>
    FrameFault? OnRow(in StepRow row);

    /// <summary>An answer that is no generation, or a part of it.</summary>
    /// <param name="frame">The frame, of the kind that was expected.</param>
    void OnResult(in ResultFrame frame);

    /// <summary>The request is complete.</summary>
    /// <param name="frame">The frame.</param>
    void OnEnd(in EndFrame frame);

    /// <summary>The listener ended the request.</summary>
    /// <param name="frame">The frame.</param>
    void OnError(in ErrorFrame frame);

    /// <summary>A budget of the request is over, and it is cancelled; its end is still to come.</summary>
    /// <param name="stage">How far it had come.</param>
    void OnExpired(FailureStage stage);

    /// <summary>The connection is gone.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="stage">How far the request had come.</param>
    void OnLost(BridgeException failure, FailureStage stage);
}
