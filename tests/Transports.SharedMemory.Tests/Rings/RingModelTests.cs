using CsCheck;

namespace ThemisBridge.Transports.SharedMemory.Tests.Rings;

/// <summary>
/// Two sides over two small rings, two threads each, one step of any of them at a time in any order: what comes out is
/// what a queue would give, and never do all wait while there is something to do.
/// </summary>
public sealed class RingModelTests
{
    private const int MostRounds = 200;

    private static readonly int Runs = Environment.GetEnvironmentVariable("THEMIS_TEST_LONG") == "1" ? 300_000 : 20_000;

    private static readonly Gen<int[]> Messages = Gen.Int[1, 20].Array[0, 12];

    // Stretches of steps of one thread: a thread that loses its core in a bad moment is what finds a fault.
    private static readonly Gen<(int Thread, int Steps)[]> Schedule =
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 12]).Array[0, 80];

    [Fact]
    public void Any_interleaving_delivers_everything_in_order() =>
        Gen.Select(Messages, Messages, Schedule).Sample(
            (toRight, toLeft, schedule) => Assert.True(
                TryRun(toRight, toLeft, schedule, ModelFlaw.None), "both sides sleep, and something is left to do"),
            iter: Runs);

    // The model must be able to fail: each of these makes a sleeper be missed.
    [Theory]
    [InlineData(ModelFlaw.LooksOnce)]
    [InlineData(ModelFlaw.SaysStalledLate)]
    [InlineData(ModelFlaw.WantsSpaceOnce)]
    public void Side_with_a_flaw_is_found(ModelFlaw flaw)
    {
        int stuck = 0;
        // Some moments are rare: one direction is enough, and a few thousand runs at a time.
        for (int round = 0; round < MostRounds && stuck == 0; round++)
        {
            Gen.Select(Gen.Int[4, 20].Array[1, 4], Schedule).Sample(
                (messages, schedule) =>
                {
                    if (!TryRun(messages, [], schedule, flaw))
                    {
                        Interlocked.Increment(ref stuck);
                    }
                }, iter: 5_000);
        }

        TestContext.Current.AddAttachment("found", $"{stuck}");
        Assert.NotEqual(0, stuck);
    }

    private static bool TryRun(int[] toRight, int[] toLeft, (int Thread, int Steps)[] schedule, ModelFlaw flaw)
    {
        using var right = new RawRing(64);
        using var left = new RawRing(64);
        ModelSide[] sides =
        [
            new(left, right, toRight, toLeft.Sum() * 8, 0, flaw),
            new(right, left, toLeft, toRight.Sum() * 8, 100, flaw),
        ];
        (sides[0].Peer, sides[1].Peer) = (sides[1], sides[0]);
        Func<bool>[] threads =
            [sides[0].StepReader, sides[1].StepReader, sides[0].StepWriter, sides[1].StepWriter];
        foreach ((int thread, int steps) in schedule)
        {
            for (int i = 0; i < steps && threads[thread](); i++)
            {
            }
        }

        // The schedule is over: all go on until none can.
        while (threads.Aggregate(false, (moved, step) => step() || moved))
        {
        }

        if (!sides[0].IsDone || !sides[1].IsDone)
        {
            return false;
        }

        Assert.Equal(sides[0].Written, sides[1].Taken);
        Assert.Equal(sides[1].Written, sides[0].Taken);
        return true;
    }
}
