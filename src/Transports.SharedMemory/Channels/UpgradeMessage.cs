using System.Buffers;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Transports.Uds.Handshake;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Channels;

/// <summary>An UPGRADE frame as it comes and goes during the negotiation.</summary>
/// <param name="Step">Which step.</param>
/// <param name="Descriptors">How many descriptors it says that it brings.</param>
/// <param name="Body">What it says.</param>
internal sealed record UpgradeMessage(UpgradeStep Step, int Descriptors, byte[] Body)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(1);

    /// <summary>Whether it is an offer that came with the descriptor that it says.</summary>
    public bool IsOffer([NotNullWhen(true)] SafeFileHandle? file) =>
        Step == UpgradeStep.Offer && Descriptors == 1 && file is not null;

    /// <summary>Reads a message without a descriptor.</summary>
    /// <exception cref="BridgeException">It is wrong, or the peer is gone.</exception>
    public static async Task<UpgradeMessage> ReadAsync(UpgradeContext context, CancellationToken cancellationToken) =>
        Parse(await context.ReadFrameAsync(cancellationToken).ConfigureAwait(false), context);

    /// <summary>Reads a message and the descriptor on its first byte, if there is one. It is the caller's.</summary>
    /// <exception cref="BridgeException">It is wrong, or the peer is gone.</exception>
    public static async Task<(UpgradeMessage Message, SafeFileHandle? File)> ReadWithFileAsync(
        UpgradeContext context, CancellationToken cancellationToken)
    {
        SafeFileHandle? file = null;
        try
        {
            byte[] begun = new byte[FrameHeader.Size];
            int count = -1;
            while (count < 0)
            {
                // Takes nothing: a descriptor comes only with a recvmsg of the first byte.
                await context.Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken)
                    .ConfigureAwait(false);
                count = Kernel.Descriptors.Receive(context.Socket, begun, out file);
                if (count < 0)
                {
                    // The wait can end too soon, for what was read before it began.
                    await Task.Delay(LookAgain, context.Time, cancellationToken).ConfigureAwait(false);
                }
            }

            byte[] frame = await ExactFrames.ReadRestAsync(
                context.Socket, Segment.Other(context.Role), WireLimits.MaxUpgradeBytes, begun.AsMemory(0, count),
                cancellationToken).ConfigureAwait(false);
            return (Parse(frame, context), file);
        }
        catch (Exception e)
        {
            file?.Dispose();
            throw e is Win32Exception or SocketException ? Gone(e) : e;
        }
    }

    /// <summary>Sends a message without a descriptor.</summary>
    public static ValueTask SendAsync(
        UpgradeContext context, UpgradeStep step, byte[] body, CancellationToken cancellationToken)
    {
        var output = new ArrayBufferWriter<byte>();
        UpgradeFrame.Write(output, step, UpgradeKind.SharedMemory, 0, body);
        return context.WriteFrameAsync(output.WrittenMemory, cancellationToken);
    }

    /// <summary>Sends an offer with its descriptor. It is small and the first thing after HELLO, so it fits.</summary>
    /// <exception cref="BridgeException">The peer is gone, or reads nothing.</exception>
    public static void SendOffer(UpgradeContext context, byte[] body, SafeFileHandle file)
    {
        var output = new ArrayBufferWriter<byte>();
        UpgradeFrame.Write(output, UpgradeStep.Offer, UpgradeKind.SharedMemory, 1, body);
        try
        {
            if (Kernel.Descriptors.Send(context.Socket, output.WrittenSpan, file) != output.WrittenCount)
            {
                throw Gone(null);
            }
        }
        catch (Win32Exception e)
        {
            throw Gone(e);
        }
    }

    /// <summary>The failure for a message that cannot come here.</summary>
    public static BridgeException Unexpected() => new(BridgeFailure.ProtocolViolation, FailureStage.Connect,
        "The peer's UPGRADE is none that may come at this point.");

    private static UpgradeMessage Parse(byte[] frame, UpgradeContext context)
    {
        FrameHeader header = ExactFrames.HeaderOf(frame, Segment.Other(context.Role));
        if (header.Type == FrameType.Error && ErrorFrame.Read(frame, out ErrorFrame error) is null)
        {
            throw new BridgeException(Codes.FailureOf(error.Code), FailureStage.Connect,
                $"The peer refuses the connection: {error.ToException("").Message}");
        }

        if (header.Type != FrameType.Upgrade)
        {
            throw Unexpected();
        }

        return UpgradeFrame.Read(frame, out UpgradeFrame upgrade) is { } fault
            ? throw ExactFrames.Refuse(fault)
            : new UpgradeMessage(upgrade.Step, upgrade.Descriptors, upgrade.Body.ToArray());
    }

    private static BridgeException Gone(Exception? cause) => new(BridgeFailure.ConnectionLost, FailureStage.Connect,
        "The peer closed the connection while it moved to shared memory. Look at its log.", cause);
}
