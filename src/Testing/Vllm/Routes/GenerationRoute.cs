using System.Text.Json;
using System.Threading.Channels;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Answers;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Routes;

/// <summary>The three routes that generate.</summary>
internal sealed class GenerationRoute(VllmServer server)
{
    public Task CompletionAsync(VllmExchange exchange, CancellationToken ending) =>
        AnswerAsync(exchange, static (reader, json) => reader.Completion(json), ending);

    public Task ChatAsync(VllmExchange exchange, CancellationToken ending) =>
        AnswerAsync(exchange, static (reader, json) => reader.Chat(json), ending);

    public Task TokensAsync(VllmExchange exchange, CancellationToken ending) => server.Options.EnableScaleOut
        ? AnswerAsync(exchange, static (reader, json) => reader.Tokens(json), ending)
        : throw VllmError.ScaleOutDisabled();

    private async Task AnswerAsync(
        VllmExchange exchange, Func<CallReader, JsonElement, GenerationCall> read, CancellationToken ending)
    {
        GenerationCall call = JsonBody.Read(exchange.Request, server.Options.Dialect,
            json => read(new CallReader(server, exchange.Request), json));
        if (server.Life.IsEngineDead)
        {
            throw VllmError.EngineDead();
        }

        if (server.Life.IsDraining && call.Kind == CallKind.Chat)
        {
            // The thread pool that renders templates is the first to go.
            throw new VllmError(500, "InternalServerError", "cannot schedule new futures after shutdown");
        }

        call = await new CallPreparer(server).PrepareAsync(call, ending);
        Sequence[] sequences = [.. Enumerable.Range(0, call.Prompts.Count * call.Count)
            .Select(index => new Sequence(call, index) { Times = (server.Options.Time.GetTimestamp(), 0, 0, 0) })];
        var runner = new SequenceRunner(server, call);
        RefuseMissing(runner.RequestOf(sequences[0]));
        server.Admission.Enter(sequences.Length);
        try
        {
            await (call.IsStream
                ? StreamAsync(exchange, call, sequences, runner, ending)
                : WholeAsync(exchange, call, sequences, runner, ending));
        }
        finally
        {
            server.Admission.Leave(sequences.Length);
        }
    }

    private void RefuseMissing(InferenceRequest request)
    {
        BackendFeatures required = RequiredFeatures.Of(request);
        BackendFeatures offered = server.Backend.Descriptor.Capabilities.Features;
        if ((required & ~offered) != 0)
        {
            throw VllmError.BadRequest("The backend behind this double does not offer: "
                + RequiredFeatures.Missing(required, offered) + ".");
        }
    }

    private async Task WholeAsync(
        VllmExchange exchange, GenerationCall call, Sequence[] sequences, SequenceRunner runner,
        CancellationToken ending)
    {
        foreach (Sequence sequence in call.PromptLogprobs is null ? [] : sequences)
        {
            await new PromptScorer(server, call).ScoreAsync(sequence, ending);
        }

        using var together = CancellationTokenSource.CreateLinkedTokenSource(ending);
        Task<Piece>[] running = [.. sequences.Select(sequence => CollectAsync(sequence))];
        Piece[] pieces = await Task.WhenAll(running);
        await exchange.JsonAsync(200, AnswerFormat.Of(server, call).Whole([.. sequences.Zip(pieces)]), ending);

        async Task<Piece> CollectAsync(Sequence sequence)
        {
            var whole = new Piece();
            try
            {
                await foreach (Piece piece in runner.RunAsync(sequence, together.Token))
                {
                    whole = whole.Join(piece);
                }

                return whole;
            }
            catch
            {
                await together.CancelAsync();
                throw;
            }
        }
    }

    private async Task StreamAsync(
        VllmExchange exchange, GenerationCall call, Sequence[] sequences, SequenceRunner runner,
        CancellationToken ending)
    {
        // The head is sent before a slot is free, as vLLM does.
        await exchange.BeginStreamAsync(ending);
        using var together = CancellationTokenSource.CreateLinkedTokenSource(ending);
        var pieces = Channel.CreateUnbounded<(Sequence Sequence, Piece Piece)>();
        AnswerFormat format = AnswerFormat.Of(server, call);
        Task producing = ProduceAsync();
        try
        {
            await WriteAsync(exchange, format, sequences, pieces.Reader, ending);
            if (call.IncludesUsage)
            {
                await exchange.EventAsync(format.UsageEvent(sequences), ending);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was, vLLM has one text for it.
            VllmError error = e as VllmError ?? VllmError.EngineDead();
            server.Life.Note(error);
            await exchange.EventAsync(error.ToEvent(), ending);
        }
        finally
        {
            await together.CancelAsync();
            await producing;
        }

        await exchange.EndStreamAsync(ending);

        async Task ProduceAsync()
        {
            try
            {
                await Task.WhenAll(sequences.Select(sequence =>
                    PumpAsync(runner, sequence, call.Sampling.Interval, pieces.Writer, together.Token)));
                pieces.Writer.Complete();
            }
            catch (Exception e)
            {
                pieces.Writer.Complete(e);
            }
        }
    }

    private static async Task PumpAsync(
        SequenceRunner runner, Sequence sequence, int interval,
        ChannelWriter<(Sequence Sequence, Piece Piece)> pieces, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Piece? held = null;
        bool isFirst = true;
        await foreach (Piece piece in runner.RunAsync(sequence, cancellationToken))
        {
            held = held is null ? piece : held.Join(piece);
            // The first and the last piece of a sequence never wait for more.
            if (isFirst || held.Finish is not null || interval == 1 || held.Ids.Count >= interval)
            {
                pieces.TryWrite((sequence, held));
                (held, isFirst) = (null, false);
            }
        }
    }

    private async Task WriteAsync(
        VllmExchange exchange, AnswerFormat format, Sequence[] sequences,
        ChannelReader<(Sequence Sequence, Piece Piece)> pieces, CancellationToken ending)
    {
        // The first output of any sequence begins them all.
        IEnumerable<string> beginnings = sequences.SelectMany(format.Begin);
        while (await WaitAsync(exchange, pieces, ending))
        {
            while (pieces.TryRead(out (Sequence Sequence, Piece Piece) next))
            {
                foreach (string text in beginnings.Concat(format.Continue(next.Sequence, next.Piece)))
                {
                    await exchange.EventAsync(text, ending);
                }

                beginnings = [];
                next.Sequence.HasBegun = true;
            }
        }
    }

    private async Task<bool> WaitAsync(
        VllmExchange exchange, ChannelReader<(Sequence Sequence, Piece Piece)> pieces, CancellationToken ending)
    {
        Task<bool> more = pieces.WaitToReadAsync(ending).AsTask();
        while (server.Options.KeepAliveComments is { } interval && !more.IsCompleted)
        {
            Task pause = Task.Delay(interval, server.Options.Time, ending);
            if (await Task.WhenAny(more, pause) == pause)
            {
                await exchange.ChunkAsync(": keep-alive\n\n", ending);
            }
        }

        return await more;
    }
}
