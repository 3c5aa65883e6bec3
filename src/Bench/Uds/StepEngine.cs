using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Bench.Uds;

/// <summary>
/// The answers of an engine that steps: a thread of its own gives every stream something at the same moment, 1 ms after
/// the step before. It begins when all streams are there.
/// </summary>
/// <param name="streams">How many streams.</param>
/// <param name="isStamped">Whether the ids are the moment of the step, as two halves; else one id that says
/// nothing.</param>
/// <param name="clock">The clock of the moments.</param>
internal sealed class StepEngine(int streams, bool isStamped, TimeProvider clock)
{
    /// <summary>The gap of a fast engine's steps.</summary>
    public const double GapSeconds = 0.001;

    private const int HalfBits = 31;

    private readonly Lock _lock = new();
    private readonly List<ChannelWriter<long>> _waiting = [];

    /// <summary>The moment that two ids say.</summary>
    public static long MomentOf(ReadOnlySpan<int> ids) => ((long)ids[0] << HalfBits) | (uint)ids[1];

    /// <summary>An answer of as many steps as the request has <c>max_tokens</c>.</summary>
    public async IAsyncEnumerable<InferenceChunk> AnswerAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var count = request.Sampling.MaxTokens!.Value;
        var steps = NotifyHop.New();
        Join(steps.Writer, count);
        var ids = new int[isStamped ? 2 : 1];
        for (var i = 0; i < count; i++)
        {
            var moment = await steps.Reader.ReadAsync(cancellationToken);
            if (isStamped)
                (ids[0], ids[1]) = ((int)(moment >> HalfBits), (int)(moment & int.MaxValue));
            yield return new InferenceChunk
            {
                Start = i == 0 ? FramesExchange.Start : null,
                TokenIds = ids,
                End = i == count - 1 ? FramesExchange.End : null,
            };
        }
    }

    private void Join(ChannelWriter<long> stream, int count)
    {
        ChannelWriter<long>[] all;
        lock (_lock)
        {
            _waiting.Add(stream);
            if (_waiting.Count < streams)
                return;
            all = [.. _waiting];
            _waiting.Clear();
        }
        new Thread(() => Step(all, count)) { IsBackground = true, Name = "bench engine" }.Start();
    }

    private void Step(ChannelWriter<long>[] all, int count)
    {
        PreciseSleep.Prepare();
        for (var i = 0; i < count; i++)
        {
            PreciseSleep.For(GapSeconds);
            var moment = clock.GetTimestamp();
            foreach (var stream in all)
                stream.TryWrite(moment);
        }
    }
}
