using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Testing.Faults;

/// <summary>
/// A backend that passes requests to another one and spoils them as told: it fails at connect, before the first chunk
/// or after some, is busy, stalls, or is slow. Faults given to <see cref="Next"/> are used once each, in order and
/// before <see cref="Standing"/>. Safe for use from many threads.
/// </summary>
/// <param name="inner">The backend that answers.</param>
/// <param name="time">The clock of delays; null for the system's.</param>
public sealed class FaultBackend(IInferenceBackend inner, TimeProvider? time = null) : IInferenceBackend
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentQueue<Fault> _next = new();
    private volatile Fault _standing = Fault.None;
    private int _requests;
    private int _running;
    private int _cancelled;

    /// <inheritdoc/>
    public BackendDescriptor Descriptor => inner.Descriptor;

    /// <summary>The fault of every request for which <see cref="Next"/> gave none, probes included.</summary>
    public Fault Standing
    {
        get => _standing;
        set => _standing = value;
    }

    /// <summary>How many requests have come, probes not counted.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>How many generations are open: begun and neither ended, failed nor disposed.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>How many generations the caller left before their end.</summary>
    public int Cancelled => Volatile.Read(ref _cancelled);

    /// <summary>Spoils the next request for which no fault is waiting. Returns this backend.</summary>
    /// <param name="fault">How; <see cref="Fault.None"/> lets one pass.</param>
    public FaultBackend Next(Fault fault)
    {
        _next.Enqueue(fault);
        return this;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Fault fault = Take();
        int passed = 0;
        bool ended = false;
        Interlocked.Increment(ref _running);
        try
        {
            await ApplyAsync(fault, passed, cancellationToken);
            await foreach (InferenceChunk chunk in inner.GenerateAsync(request, cancellationToken))
            {
                await WaitAsync(fault, cancellationToken);
                passed++;
                ended = chunk.End is not null;
                yield return chunk;
                if (!ended)
                {
                    await ApplyAsync(fault, passed, cancellationToken);
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            if (!ended && (passed > 0 || cancellationToken.IsCancellationRequested))
            {
                Interlocked.Increment(ref _cancelled);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<EmbeddingResult> EmbedAsync(
        EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        await SpoilAsync(Take(), cancellationToken);
        return await inner.EmbedAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<TokenizeResult> TokenizeAsync(
        TokenizeRequest request, CancellationToken cancellationToken = default)
    {
        await SpoilAsync(Take(), cancellationToken);
        return await inner.TokenizeAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string> DetokenizeAsync(
        DetokenizeRequest request, CancellationToken cancellationToken = default)
    {
        await SpoilAsync(Take(), cancellationToken);
        return await inner.DetokenizeAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<BackendHealth> ProbeAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await SpoilAsync(_standing, cancellationToken);
        }
        catch (BridgeException e)
        {
            return new BackendHealth(false, e.Message);
        }

        return await inner.ProbeAsync(cancellationToken);
    }

    private Fault Take()
    {
        Interlocked.Increment(ref _requests);
        return _next.TryDequeue(out Fault? fault) ? fault : _standing;
    }

    private async Task SpoilAsync(Fault fault, CancellationToken cancellationToken)
    {
        await WaitAsync(fault, cancellationToken);
        await ApplyAsync(fault, fault.AfterChunks ?? 0, cancellationToken);
    }

    private Task WaitAsync(Fault fault, CancellationToken cancellationToken) =>
        fault.Delay > TimeSpan.Zero ? Task.Delay(fault.Delay, _time, cancellationToken) : Task.CompletedTask;

    private async Task ApplyAsync(Fault fault, int passed, CancellationToken cancellationToken)
    {
        if (passed != fault.AfterChunks)
        {
            return;
        }

        if (fault.Stalls)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken);
        }

        if (fault.Failure is { } failure)
        {
            throw new BridgeException(failure, fault.Stage, $"The fault backend failed with {failure} as it was told.")
            {
                Backend = Descriptor.Id,
                OutputCommitted = passed > 0,
                RetryAfter = fault.RetryAfter,
            };
        }
    }
}
