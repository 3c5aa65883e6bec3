using System.Globalization;

namespace ThemisBridge.Bench.Measuring;

/// <summary>
/// Sends calls on a schedule that does not wait for answers. A call's cost counts from the moment at which the schedule
/// wanted it sent, so a stall costs every call that was due in it: no omission is coordinated with the one measured.
/// </summary>
/// <param name="probe">What is loaded; its calls, not its blocks, are used. Disposed with this.</param>
/// <param name="load">How many calls.</param>
/// <param name="clock">The clock of the schedule and the samples.</param>
internal sealed class OpenLoopProbe(IProbe probe, OpenLoopLoad load, TimeProvider clock) : IProbe
{
    private readonly ICallTarget _target = probe as ICallTarget
        ?? throw new ArgumentException("The probe takes no calls.", nameof(probe));
    private readonly SemaphoreSlim _free = new(load.MaxInFlight);
    private long _calls;
    private double _seconds;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes =>
    [
        string.Create(
            CultureInfo.InvariantCulture, $"offered {load.CallsPerSecond:0}/s, answered {_calls / _seconds:0}/s"),
    ];

    /// <inheritdoc/>
    public async Task RunBlockAsync(Memory<double> samples, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        // The pacing blocks, so it has a thread of its own.
        var calls = await Task.Factory.StartNew(
            () => Send(start, samples, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
        await Task.WhenAll(calls);
        _calls += samples.Length;
        _seconds += clock.GetElapsedTime(start).TotalSeconds;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await probe.DisposeAsync();
        _free.Dispose();
    }

    private Task[] Send(long start, Memory<double> samples, CancellationToken cancellationToken)
    {
        PreciseSleep.Prepare();
        var calls = new Task[samples.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            var due = start + (long)(i / load.CallsPerSecond * clock.TimestampFrequency);
            PreciseSleep.For((double)(due - clock.GetTimestamp()) / clock.TimestampFrequency);
            // Where too many are under way the sending waits, and the waiting counts, because the schedule does not.
            _free.Wait(cancellationToken);
            calls[i] = CallAsync(due, samples.Slice(i, 1), cancellationToken);
        }
        return calls;
    }

    private async Task CallAsync(long due, Memory<double> sample, CancellationToken cancellationToken)
    {
        try
        {
            await _target.CallAsync(cancellationToken);
            sample.Span[0] = clock.GetElapsedTime(due).TotalMicroseconds;
        }
        finally
        {
            _free.Release();
        }
    }
}
