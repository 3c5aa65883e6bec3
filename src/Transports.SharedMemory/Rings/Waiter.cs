using System.Diagnostics;

namespace ThemisBridge.Transports.SharedMemory.Rings;

/// <summary>How a side's one thread waits: it spins where that pays, then sleeps on its bell.</summary>
/// <param name="bell">The side's own bell.</param>
/// <param name="policy">Decides.</param>
internal sealed class Waiter(Bell bell, WaitPolicy policy)
{
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

        long began = Stopwatch.GetTimestamp();
        long spin = policy.Next();
        bool spins = spin > 0 && TryTakeSlot();
        bool succeeded = spins && Spin(work, began, spin);
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

    private static bool Spin(IAwaited work, long began, long spin)
    {
        try
        {
            do
            {
                for (int i = 0; i < LooksPerClock; i++)
                {
                    if (work.HasCome)
                    {
                        return true;
                    }

                    Pause();
                }
            }
            while (Stopwatch.GetElapsedTime(began).Ticks < spin);
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref _spinning);
        }
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
