using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Uds.Channels;

/// <summary>When a peer is pinged, and when it is given up. Times are the clock's timestamps; only
/// <see cref="Hear"/> may be called outside the connection's lock.</summary>
/// <param name="times">When a connection becomes restless.</param>
/// <param name="time">The clock.</param>
internal sealed class PeerWatch(ConnectionTimes times, TimeProvider time)
{
    private readonly long _pingAfter = Ticks(times.PingAfter, time);
    private readonly long _silence = Ticks(times.Silence, time);
    private long _heard = time.GetTimestamp();
    private long _pinged;

    private long Last => Math.Max(_pinged, Volatile.Read(ref _heard));

    /// <summary>Something has come.</summary>
    public void Hear() => Volatile.Write(ref _heard, time.GetTimestamp());

    /// <summary>Whether the peer has said nothing for so long that it should be pinged.</summary>
    public bool IsSilent(long now) => now - Volatile.Read(ref _heard) >= _pingAfter;

    /// <summary>A ping goes out.</summary>
    public void Ping(long now) => _pinged = now;

    /// <summary>Why the peer is given up, or null.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isPinging">Whether a ping is unanswered. What comes meanwhile puts the end off and answers
    /// nothing: it may have crossed the ping.</param>
    /// <param name="stalledSince">Since when the peer has taken nothing, or null.</param>
    public BridgeException? FaultAt(long now, bool isPinging, long? stalledSince)
    {
        if (now - stalledSince >= _silence)
        {
            return Lost($"The peer took nothing for {times.Silence.TotalSeconds:0.###} s. It may be frozen.");
        }

        return isPinging && now - Last >= _silence
            ? Lost($"The peer did not answer a ping for {times.Silence.TotalSeconds:0.###} s. It may be frozen.") : null;
    }

    /// <summary>When to look at the peer again. Frames arm nothing: a pinged peer is looked at again when it would be
    /// pinged next, had it answered at once.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isPinging">Whether a ping is unanswered.</param>
    /// <param name="stalledSince">Since when the peer has taken nothing, or null.</param>
    public long DueAfter(long now, bool isPinging, long? stalledSince)
    {
        long next = Last + _pingAfter;
        if (isPinging)
        {
            long dead = Last + _silence;
            next = next > now ? Math.Min(next, dead) : dead;
        }

        return stalledSince is { } since ? Math.Min(next, since + _silence) : next;
    }

    private static BridgeException Lost(string reason) =>
        new(BridgeFailure.ConnectionLost, FailureStage.Stream, reason);

    private static long Ticks(TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
