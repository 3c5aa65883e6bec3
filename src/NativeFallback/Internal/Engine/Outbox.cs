using System.Buffers;
using System.Threading.Tasks.Sources;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>
/// Hands the output of one request from the decode thread to its reader: two pages that change hands, so a token costs
/// no allocation and a reader that falls behind gets several at once. When the page being filled is full the request is
/// not decoded further until the reader takes it. The reader continues on the thread pool, never on the decode thread.
/// </summary>
internal sealed class Outbox : IValueTaskSource
{
    /// <summary>Tokens of one page: how far a request runs ahead of its reader.</summary>
    public const int PageTokens = 64;

    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _signal = new() { RunContinuationsAsynchronously = true };
    private OutboxPage _filling = new();
    private OutboxPage _reading = new();
    private Exception? _failure;
    private bool _waiting;

    /// <summary>Whether another token can be added.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_gate)
            {
                return _filling.Count < PageTokens;
            }
        }
    }

    /// <summary>Adds a token with what it brought. By the decode thread, and only when there is room.</summary>
    public void Add(int id, ReadOnlySpan<char> text, TokenLogprob? logprob, GenerationEnd? end)
    {
        bool wake;
        lock (_gate)
        {
            _filling.Ids[_filling.Count++] = id;
            _filling.Text.Write(text);
            if (logprob is not null)
            {
                (_filling.Logprobs ??= []).Add(logprob);
            }

            _filling.End = end;
            wake = TakeWaiting();
        }

        if (wake)
        {
            _signal.SetResult(true);
        }
    }

    /// <summary>Ends the output with a failure, which the reader gets behind the tokens before it. The first one
    /// counts.
    /// </summary>
    public void Fail(Exception failure)
    {
        bool wake;
        lock (_gate)
        {
            _failure ??= failure;
            wake = TakeWaiting();
        }

        if (wake)
        {
            _signal.SetResult(true);
        }
    }

    /// <summary>Waits until there is something to take. By one reader at a time.</summary>
    public ValueTask WaitAsync()
    {
        lock (_gate)
        {
            if (_filling.Count > 0 || _failure is not null)
            {
                return ValueTask.CompletedTask;
            }

            _signal.Reset();
            _waiting = true;
            return new ValueTask(this, _signal.Version);
        }
    }

    /// <summary>Takes what there is. The page is the reader's until the next call.</summary>
    /// <param name="wasFull">Whether the decode thread may have stopped for want of room.</param>
    /// <exception cref="Exception">The failure, once nothing is left before it.</exception>
    public OutboxPage Take(out bool wasFull)
    {
        lock (_gate)
        {
            if (_filling.Count == 0 && _failure is not null)
            {
                throw _failure;
            }

            wasFull = _filling.Count == PageTokens;
            _reading.Clear();
            (_reading, _filling) = (_filling, _reading);
            return _reading;
        }
    }

    void IValueTaskSource.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private bool TakeWaiting()
    {
        bool waiting = _waiting;
        _waiting = false;
        return waiting;
    }
}
