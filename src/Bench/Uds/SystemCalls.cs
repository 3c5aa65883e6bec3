namespace ThemisBridge.Bench.Uds;

/// <summary>System calls of one process.</summary>
/// <param name="Moving">Sends and receives that moved bytes.</param>
/// <param name="Empty">Sends and receives that could not: EAGAIN.</param>
/// <param name="Polls">Waits for sockets.</param>
/// <param name="Futexes">Waits for, and wakes of, threads.</param>
internal sealed record SystemCalls(long Moving, long Empty, long Polls, long Futexes);
