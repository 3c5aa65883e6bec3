using System.Diagnostics;

namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>How a side's one thread waits: it spins where that pays, then sleeps on its bell.</summary>
/// <param name="bell">The side's own bell.</param>
/// <param name="policy">Decides.</param>
internal sealed class Waiter(Bell bell, IWaitPolicy policy)
{
    // An answer that comes within a microsecond costs no look at the clock.
    private const int LooksBeforeClock = 32;
    private const int LooksPerClock = 16;

    // Threads that spin leave a core to everybody else, whatever the number of segments.
    private static readonly int MostSpinning = Environment.ProcessorCount - 1;
    private static int _spinning;

    /// <summary>Waits; at most about as long as a bell sleeps.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The kernel refused.</exception>
    public void Wait(IAwaited work)
    {
        if (work.HasCome)
        {
            return;
        }

        long window = policy.Next();
        bool spins = window > 0 && TryTakeSlot();
        if (spins && Look(work, LooksBeforeClock))
        {
            Interlocked.Decrement(ref _spinning);
            policy.Learn(spins, succeeded: true, 0);
            return;
        }

        long began = Stopwatch.GetTimestamp();
        bool succeeded = spins && Spin(work, began, window);
        if (!succeeded)
        {
            Sleep(work);
        }

        policy.Learn(spins, succeeded, Stopwatch.GetElapsedTime(began).Ticks);
    }

    private static bool TryTakeSlot()
    {
        if (Interlocked.Increment(ref _spinning) <= MostSpinning)
        {
            return true;
        }

        Interlocked.Decrement(ref _spinning);
        return false;
    }

    private static bool Spin(IAwaited work, long began, long window)
    {
        bool hasCome;
        do
        {
            hasCome = Look(work, LooksPerClock);
        }
        while (!hasCome && Stopwatch.GetElapsedTime(began).Ticks < window);
        Interlocked.Decrement(ref _spinning);
        return hasCome;
    }

    private static bool Look(IAwaited work, int times)
    {
        for (int i = 0; i < times; i++)
        {
            if (work.HasCome)
            {
                return true;
            }

            Pause();
        }

        return false;
    }

    // One instruction; Thread.SpinWait waits longer than an answer takes.
    private static void Pause()
    {
        if (System.Runtime.Intrinsics.X86.X86Base.IsSupported)
        {
            System.Runtime.Intrinsics.X86.X86Base.Pause();
        }
        else if (System.Runtime.Intrinsics.Arm.ArmBase.IsSupported)
        {
            System.Runtime.Intrinsics.Arm.ArmBase.Yield();
        }
    }

    private void Sleep(IAwaited work)
    {
        bell.Arm();
        work.BeforeSleep();
        if (!work.HasCome)
        {
            bell.Sleep();
        }

        bell.Disarm();
    }
}
