namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>How many bytes of requests a listener holds, all connections together.</summary>
internal sealed class RequestBytes(long limit)
{
    private long _held;

    /// <summary>Takes bytes, if the limit permits.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= limit)
        {
            return true;
        }

        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _held, -bytes);
}
