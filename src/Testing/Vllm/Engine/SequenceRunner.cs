using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>Runs one sequence on the backend and gives its pieces as vLLM's engine would.</summary>
internal sealed class SequenceRunner(VllmServer server, GenerationCall call)
{
    private const int RankLimit = 20;

    /// <summary>The pieces, the last one with its finish reason.</summary>
    /// <param name="sequence">What runs.</param>
    /// <param name="ending">Ends when the client goes.</param>
    /// <exception cref="VllmError">The engine failed or refused.</exception>
    public async IAsyncEnumerable<Piece> RunAsync(
        Sequence sequence, [EnumeratorCancellation] CancellationToken ending)
    {
        using var abort = new CancellationTokenSource();
        using var running = CancellationTokenSource.CreateLinkedTokenSource(
            ending, abort.Token, server.Life.EngineDied);
        server.Aborts.Add(call.AbortId(sequence.PromptIndex), abort);
        CountAdapter(1);
        bool hasSlot = false;
        try
        {
            // A server that shuts down aborts what is new at once.
            hasSlot = !server.Life.IsDraining && await TakeSlotAsync(running.Token);
            sequence.Times = sequence.Times with { Admitted = server.Options.Time.GetTimestamp() };
            await using IAsyncEnumerator<Piece> pieces =
                PiecesAsync(sequence, running.Token).GetAsyncEnumerator(CancellationToken.None);
            while (true)
            {
                (Piece? piece, bool wasAborted) = hasSlot
                    ? await NextAsync(pieces, server.Life.EngineDied, ending) : (null, true);
                if (wasAborted)
                {
                    server.Counters.AddFinished("abort");
                    yield return new Piece { Finish = "abort" };
                }

                if (piece is null)
                {
                    yield break;
                }

                yield return piece;
            }
        }
        finally
        {
            server.Aborts.Remove(abort);
            CountAdapter(-1);
            if (hasSlot)
            {
                server.Admission.ReturnSlot();
            }
        }

        async Task<bool> TakeSlotAsync(CancellationToken cancellationToken)
        {
            try
            {
                await server.Admission.TakeSlotAsync(cancellationToken);
                return true;
            }
            catch (OperationCanceledException) when (!ending.IsCancellationRequested)
            {
                return abort.IsCancellationRequested ? false : throw VllmError.EngineDead();
            }
        }
    }

    private void CountAdapter(int change)
    {
        if (call.Adapter is { } name)
        {
            server.Adapters.Count(name, change);
        }
    }

    private static async Task<(Piece? Piece, bool WasAborted)> NextAsync(
        IAsyncEnumerator<Piece> pieces, CancellationToken engineDied, CancellationToken ending)
    {
        try
        {
            return (await pieces.MoveNextAsync() ? pieces.Current : null, false);
        }
        catch (OperationCanceledException) when (!ending.IsCancellationRequested)
        {
            // Ended by its id, or by an engine that stopped it by itself.
            return engineDied.IsCancellationRequested ? throw VllmError.EngineDead() : (null, true);
        }
        catch (BridgeException e) when (e.Failure is BridgeFailure.AbortedByEngine or BridgeFailure.Draining)
        {
            return (null, true);
        }
        catch (BridgeException e)
        {
            throw BackendErrors.Translate(e);
        }
        catch (Exception e) when (e is not (VllmError or OperationCanceledException))
        {
            // Whatever it was, vLLM has one text for it.
            throw VllmError.EngineDead();
        }
    }

    private async IAsyncEnumerable<Piece> PiecesAsync(
        Sequence sequence, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        server.Counters.AddPrompt(sequence.PromptTokens);
        var holdback = new StopHoldback(call.Sampling.Stop, call.Sampling.IncludeStop);
        List<int>? ids = call.Sampling.Repetition is null ? null : [];
        await foreach (InferenceChunk chunk in server.Backend.GenerateAsync(RequestOf(sequence), cancellationToken))
        {
            foreach (InferenceChunk part in ChunkSplitter.Split(chunk))
            {
                if (server.Options.TokenDelay > TimeSpan.Zero)
                {
                    await Task.Delay(server.Options.TokenDelay, server.Options.Time, cancellationToken);
                }

                Note(sequence, part);
                Piece piece = Checked(PieceOf(part, holdback), ids);
                if (piece is not { Ids.Count: 0, Text: "", Finish: null, ToolCalls.Count: 0, Reasoning: null })
                {
                    yield return piece;
                }

                if (piece.Finish is not null)
                {
                    server.Counters.AddFinished(piece.Finish);
                    yield break;
                }
            }
        }
    }

    private Piece Checked(Piece piece, List<int>? ids)
    {
        ids?.AddRange(piece.Ids);
        return ids is not null && piece.Finish is null && call.Sampling.Repetition!.Matches(ids)
            ? piece with { Finish = "repetition", StopText = "repetition_detected" }
            : piece;
    }

    private void Note(Sequence sequence, InferenceChunk chunk)
    {
        if (chunk.Start is { PromptTokenIds.Length: > 0 } start)
        {
            // What the engine had is told, whatever was sent.
            sequence.PromptIds = start.PromptTokenIds.ToArray();
        }

        long now = server.Options.Time.GetTimestamp();
        sequence.Times = sequence.Times with
        {
            First = sequence.Times.First == 0 ? now : sequence.Times.First,
            Last = now,
        };
        int before = sequence.Generated;
        sequence.Generated += chunk.TokenIds.Length;
        if (chunk.End is { Usage: var usage })
        {
            // Where ids are not told, the usage is all that is known.
            sequence.Generated = Math.Max(sequence.Generated, usage.CompletionTokens ?? 0);
            sequence.PromptTokens = sequence.PromptTokens == 0 ? usage.PromptTokens ?? 0 : sequence.PromptTokens;
        }

        server.Counters.AddGenerated(sequence.Generated - before);
    }

    private Piece PieceOf(InferenceChunk chunk, StopHoldback holdback)
    {
        string? finish = chunk.End?.Reason switch
        {
            null => null,
            FinishReason.Stop => "stop",
            FinishReason.Length => "length",
            FinishReason.ToolCalls => "tool_calls",
            _ => "repetition",
        };
        return new Piece
        {
            Ids = chunk.TokenIds.ToArray(),
            Text = holdback.Pass(TextOf(chunk), MadeBy(chunk), isLast: finish is not null),
            Reasoning = chunk.Reasoning,
            Logprobs = call.Logprobs is null ? null : chunk.Logprobs,
            ToolCalls = chunk.ToolCalls ?? [],
            Finish = finish,
            StopText = chunk.End?.StopString,
            StopId = chunk.End?.StopTokenId,
        };
    }

    private static string? MadeBy(InferenceChunk chunk) =>
        chunk.Logprobs is { Count: > 0 } tokens && tokens.All(token => token.Token is not null)
            ? string.Concat(tokens.Select(token => token.Token)) : null;

    private string TextOf(InferenceChunk chunk)
    {
        // vLLM drops bytes that never become a character, and shows the end token where both options are set.
        string text = (chunk.Text ?? "").Replace("\uFFFD", "", StringComparison.Ordinal);
        bool endsByItself = chunk.End is { Reason: FinishReason.Stop, StopString: null, StopTokenId: null };
        return endsByItself && call.Sampling is { SkipSpecial: false, IncludeStop: true }
            && chunk.Logprobs is [.., { Token: { } end }] ? text + end : text;
    }

    /// <summary>What the backend is asked.</summary>
    public InferenceRequest RequestOf(Sequence sequence)
    {
        // The token endpoint tells ranks, which are places among the likeliest. Whoever did not ask is not told, but
        // the texts of single tokens come with them.
        int? logprobs = call is { Kind: CallKind.Tokens, Logprobs: not null } ? RankLimit
            : call.Logprobs ?? (server.Offers(BackendFeatures.Logprobs) ? 0 : null);
        SamplingOptions sampling = call.Sampling.ToOptions(sequence.Prompt.Limit, sequence.Number) with
        {
            Logprobs = logprobs,
        };
        OutputParts parts = OutputParts.Text
            | (server.Offers(BackendFeatures.TokenIdOutput) ? OutputParts.TokenIds : OutputParts.None)
            | (server.Offers(BackendFeatures.PromptTokenIdOutput) ? OutputParts.PromptTokenIds : OutputParts.None);
        bool knowsDefaults = server.Offers(BackendFeatures.AppliesModelDefaults);
        return new InferenceRequest
        {
            Model = server.BackendModel,
            Prompt = sequence.Prompt.ToPrompt(),
            Sampling = knowsDefaults ? sampling
                : SamplingDefaults.Resolve(sampling, server.FirstModel?.Defaults),
            StructuredOutput = call.StructuredOutput,
            Adapter = call.Adapter,
            Output = parts,
            Priority = server.Offers(BackendFeatures.Priority) ? call.Priority : 0,
            Tenant = server.Offers(BackendFeatures.TenantIsolation) ? call.Salt : null,
            RequestId = call.RequestId,
            TraceParent = call.TraceParent,
        };
    }
}
