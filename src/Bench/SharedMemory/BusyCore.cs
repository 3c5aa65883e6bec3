using System.Runtime.CompilerServices;

namespace ThemisBridge.Bench.SharedMemory;

/// <summary>
/// One thread of this process that computes as long as anybody wants it: on one core each, neither side of a row then
/// has a core to itself.
/// </summary>
internal sealed class BusyCore : IDisposable
{
    private static readonly Lock Gate = new();
    private static int _users;
    private static StrongBox<bool>? _isOver;

    private BusyCore()
    {
    }

    /// <summary>Wants it, until disposed.</summary>
    public static BusyCore Want()
    {
        lock (Gate)
        {
            if (_users++ == 0)
            {
                var isOver = _isOver = new StrongBox<bool>();
                new Thread(() => Compute(isOver)) { IsBackground = true, Name = "busy" }.Start();
            }
        }
        return new BusyCore();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Gate)
        {
            if (--_users == 0)
                Volatile.Write(ref _isOver!.Value, true);
        }
    }

    private static void Compute(StrongBox<bool> isOver)
    {
        while (!Volatile.Read(ref isOver.Value))
            Thread.SpinWait(1_000);
    }
}
