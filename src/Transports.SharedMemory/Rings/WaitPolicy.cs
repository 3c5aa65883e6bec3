namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>
/// Decides from measured success how long a thread spins before it sleeps. Spinning saves the wake, tens of
/// microseconds on another core, when the peer answers within the window; it only burns time when the peer needs
/// longer, or needs this very core.
/// </summary>
/// <param name="window">How long to spin at most; zero never spins.</param>
internal sealed class WaitPolicy(TimeSpan window) : IWaitPolicy
{
    private const int MostTrust = 16;
    private const int FailureCost = 4;
    private const int FirstRest = 64;
    private const int LongestRest = 4096;

    private readonly long _window = window.Ticks;
    private int _trust = 2 * FailureCost;
    private int _rest;
    private int _nextRest = FirstRest;

    // A moving average of how long waits take, in ticks of 100 ns.
    private long _typical;

    public long Next()
    {
        if (_window == 0)
        {
            return 0;
        }

        if (_trust > 0)
        {
            return _window;
        }

        // A try now and then, where waits are short enough that it may succeed: a wake that was spared shortens them.
        return --_rest < 0 && _typical < 4 * _window ? _window : 0;
    }

    public void Learn(bool spun, bool succeeded, long took)
    {
        _typical += (took - _typical) / 8;
        if (!spun)
        {
            return;
        }

        if (succeeded)
        {
            _trust = Math.Min(_trust + 1, MostTrust);
            _nextRest = FirstRest;
            return;
        }

        _trust = Math.Max(_trust - FailureCost, 0);
        if (_trust == 0)
        {
            _rest = _nextRest;
            _nextRest = Math.Min(2 * _nextRest, LongestRest);
        }
    }
}
