using Microsoft.Extensions.Time.Testing;

namespace ThemisBridge.Transports.Http.Tests;

/// <summary>
/// A fake clock whose timers bear to be changed by one thread while another disposes them, as the real ones do;
/// FakeTimeProvider's fire without a callback then.
/// </summary>
internal sealed class SteadyTime : FakeTimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(base.CreateTimer(callback, state, dueTime, period));

    private sealed class Timer(ITimer timer) : ITimer
    {
        private readonly Lock _lock = new();
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                return !_isDisposed && timer.Change(dueTime, period);
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _isDisposed = true;
                timer.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
