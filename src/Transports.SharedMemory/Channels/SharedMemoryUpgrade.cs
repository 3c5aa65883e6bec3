using System.ComponentModel;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using ThemisBridge.Transports.SharedMemory.Kernel;
using ThemisBridge.Transports.SharedMemory.Rings;
using ThemisBridge.Transports.Uds.Channels;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.SharedMemory.Channels;

/// <summary>Moves a connection into a segment: FRAMING.md section 8. One for all connections of a process.</summary>
/// <param name="options">How; checked.</param>
/// <param name="logger">Is told why a connection stays where it is.</param>
/// <param name="waits">Makes the policy of each connection's thread; the adaptive one unless told.</param>
internal sealed class SharedMemoryUpgrade(
    SharedMemoryOptions options, ILogger<SharedMemoryUpgrade> logger, Func<IWaitPolicy>? waits = null)
    : IChannelUpgrade, ISharedMemoryStatus
{
    private readonly Func<IWaitPolicy> _waits = waits ?? (() => new WaitPolicy(options.SpinWindow));
    private int _segments;
    private volatile Tuple<string, string>? _lastReason;

    /// <summary>How many segments this process has made as a listener and not given back.</summary>
    public int SegmentCount => Volatile.Read(ref _segments);

    public WireFeatures Feature => options.Mode == SharedMemoryMode.Off || !Futex.IsSupported
        ? WireFeatures.None : WireFeatures.SharedMemory;

    public bool IsRequired => options.Mode == SharedMemoryMode.Require;

    public string WhyOnSocket(string path) =>
        options.Mode == SharedMemoryMode.Off ? "it is switched off here, by ThemisBridge:SharedMemory:Mode."
        : !Futex.IsSupported ? "this processor or system has none."
        : _lastReason is { } last && last.Item1 == path ? last.Item2
        : "the listener does not offer it: it is switched off there (--shm off), or its program or machine has none.";

    public async ValueTask<IFrameChannel?> ConnectAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        (UpgradeMessage offer, SafeFileHandle? file) =
            await UpgradeMessage.ReadWithFileAsync(context, cancellationToken).ConfigureAwait(false);
        using (file)
        {
            // Whatever rides on it: a descriptor that nobody offers is closed and changes nothing.
            if (offer.Step == UpgradeStep.Decline)
            {
                return PeerDeclined(context);
            }

            Segment? segment = offer.IsOffer(file) ? TryMap(context, offer.Body, file) : StaysBecause(
                context, "the listener's first word is no offer with one descriptor.");
            if (segment is null)
            {
                await UpgradeMessage.SendAsync(context, UpgradeStep.Decline, [], cancellationToken)
                    .ConfigureAwait(false);
                return null;
            }

            return await FinishAsync(context, segment, ConfirmedAsync, static () => { }, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    public async ValueTask<IFrameChannel?> AcceptAsync(UpgradeContext context, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _segments) > options.MaxSegments)
        {
            GiveBack();
            return await DeclineAsync(
                context, $"all {options.MaxSegments} segments are in use.", cancellationToken).ConfigureAwait(false);
        }

        SafeFileHandle file;
        Segment segment;
        try
        {
            file = MemoryFile.Create(SegmentLayout.SegmentBytes(options.RingBytes));
            segment = Map(file, () => Segment.Create(file, options.RingBytes));
        }
        catch (Exception e) when (IsMapping(e))
        {
            GiveBack();
            return await DeclineAsync(context, $"no memory file could be made: {e.Message}", cancellationToken)
                .ConfigureAwait(false);
        }

        using (file)
        {
            return await FinishAsync(
                context, segment, (at, memory, token) => AcceptedAsync(at, memory, file, token), GiveBack,
                cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private static bool IsMapping(Exception exception) =>
        exception is Win32Exception or IOException or UnauthorizedAccessException or OutOfMemoryException;

    private void GiveBack() => Interlocked.Decrement(ref _segments);

    // The file is of no use to anybody when it could not be mapped.
    private static Segment Map(SafeFileHandle file, Func<Segment> map)
    {
        try
        {
            return map();
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private async ValueTask<IFrameChannel?> FinishAsync(
        UpgradeContext context, Segment segment, Func<UpgradeContext, Segment, CancellationToken, Task<bool>> agree,
        Action onReleased, CancellationToken cancellationToken)
    {
        bool isAgreed = false;
        try
        {
            isAgreed = await agree(context, segment, cancellationToken).ConfigureAwait(false);
            return isAgreed
                ? new RingChannel(
                    context.Socket, segment, context.Role, context.Own.MaxFrameBytes,
                    _waits(), context.Time, onReleased)
                : null;
        }
        finally
        {
            if (!isAgreed)
            {
                segment.Dispose();
                onReleased();
            }
        }
    }

    // The client's: says what it sees in the memory, and waits for the listener's word.
    private async Task<bool> ConfirmedAsync(
        UpgradeContext context, Segment segment, CancellationToken cancellationToken)
    {
        await UpgradeMessage.SendAsync(context, UpgradeStep.Accept, Nonces.Show(segment), cancellationToken)
            .ConfigureAwait(false);
        UpgradeMessage answer = await UpgradeMessage.ReadAsync(context, cancellationToken).ConfigureAwait(false);
        if (answer.Step == UpgradeStep.Decline)
        {
            PeerDeclined(context);
            return false;
        }

        return answer.Step == UpgradeStep.Confirm && answer.Body.Length == 0
            ? true : throw UpgradeMessage.Unexpected();
    }

    // The listener's: offers, and compares what the client saw.
    private async Task<bool> AcceptedAsync(
        UpgradeContext context, Segment segment, SafeFileHandle file, CancellationToken cancellationToken)
    {
        UpgradeMessage.SendOffer(context, SegmentHeader.Offer(segment.RingBytes), file);
        UpgradeMessage answer = await UpgradeMessage.ReadAsync(context, cancellationToken).ConfigureAwait(false);
        if (answer.Step == UpgradeStep.Decline)
        {
            PeerDeclined(context);
            return false;
        }

        if (answer.Step != UpgradeStep.Accept)
        {
            throw UpgradeMessage.Unexpected();
        }

        bool isSame = Nonces.AreOf(segment, answer.Body);
        if (!isSame)
        {
            StaysBecause(context, "the client sees other memory.");
        }

        await UpgradeMessage
            .SendAsync(context, isSame ? UpgradeStep.Confirm : UpgradeStep.Decline, [], cancellationToken)
            .ConfigureAwait(false);
        return isSame;
    }

    private Segment? TryMap(UpgradeContext context, byte[] body, SafeFileHandle file)
    {
        if (SegmentHeader.ReadOffer(body, out int ringBytes) is { } fault)
        {
            return StaysBecause(context, fault);
        }

        if (MemoryFile.FaultOf(file, SegmentLayout.SegmentBytes(ringBytes)) is { } unsafeFile)
        {
            return StaysBecause(context, unsafeFile);
        }

        try
        {
            MemoryFile.Reserve(file, SegmentLayout.SegmentBytes(ringBytes));
            Segment segment = Segment.Map(file, ringBytes);
            if (SegmentHeader.FaultOf(segment.Header.ToArray(), ringBytes) is not { } wrong)
            {
                return segment;
            }

            segment.Dispose();
            return StaysBecause(context, wrong);
        }
        catch (Exception e) when (IsMapping(e))
        {
            return StaysBecause(context, $"the memory cannot be mapped: {e.Message}");
        }
    }

    private async ValueTask<IFrameChannel?> DeclineAsync(
        UpgradeContext context, string reason, CancellationToken cancellationToken)
    {
        StaysBecause(context, reason);
        await UpgradeMessage.SendAsync(context, UpgradeStep.Decline, [], cancellationToken).ConfigureAwait(false);
        return null;
    }

    private Segment? StaysBecause(UpgradeContext context, string reason)
    {
        logger.StaysOnSocket(reason);
        Remember(context, reason);
        return null;
    }

    private RingChannel? PeerDeclined(UpgradeContext context)
    {
        logger.PeerDeclined();
        Remember(context, "the listener declined, and its log says why.");
        return null;
    }

    // A listener's own log says it; its sockets have no names.
    private void Remember(UpgradeContext context, string reason)
    {
        if (context is { Role: PeerRole.Client, Socket.RemoteEndPoint: { } listener })
        {
            _lastReason = Tuple.Create(listener.ToString()!, reason);
        }
    }
}
