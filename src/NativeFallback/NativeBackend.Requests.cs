using System.Runtime.CompilerServices;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Binding;
using ThemisBridge.NativeFallback.Internal.Engine;

namespace ThemisBridge.NativeFallback;

/// <content>What callers ask for.</content>
public sealed partial class NativeBackend
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<InferenceChunk> GenerateAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RefuseMissing(RequiredFeatures.Of(request));
        (ModelHost host, LoadedModel model) = await LoadedAsync(request.Model, cancellationToken).ConfigureAwait(false);
        GenerationJob job = Named(() => Admit(request, host, model));
        try
        {
            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static state => ((RunningJob)state!).Cancel(), new RunningJob(host, job));
            OutputParts output = request.Output;
            GenerationStart? start = Start(request, job.Plan);
            while (true)
            {
                await job.Outbox.WaitAsync().ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                OutboxPage page = job.Outbox.Take(out bool wasFull);
                if (wasFull)
                {
                    host.Thread.Wake();
                }

                bool hasText = page.Text.WrittenCount > 0;
                bool givesIds = (output & OutputParts.TokenIds) != 0 || page.Logprobs is not null;
                if (hasText || givesIds || start is not null || page.End is not null)
                {
                    yield return new InferenceChunk
                    {
                        Start = start,
                        TokenIds = givesIds ? page.Ids.AsMemory(0, page.Count) : default,
                        Text = hasText ? new string(page.Text.WrittenSpan) : null,
                        Logprobs = page.Logprobs,
                        End = page.End,
                    };
                    start = null;
                }

                if (page.End is not null)
                {
                    yield break;
                }
            }
        }
        finally
        {
            // A caller that walks away ends the request in the engine; for one that is complete nothing happens.
            host.Thread.Cancel(job);
        }
    }

    /// <inheritdoc/>
    public async Task<EmbeddingResult> EmbedAsync(
        EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        RefuseMissing(RequiredFeatures.Of(request) & ~BackendFeatures.RendersChat);
        (ModelHost host, LoadedModel model) = await LoadedAsync(request.Model, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<int>[] inputs = Named(() => EncodeInputs(request, model));
        EmbeddingJob job = new(inputs, model.EmbeddingLength);
        Named(() => host.Thread.Enqueue(job));
        try
        {
            IReadOnlyList<ReadOnlyMemory<float>> vectors =
                await job.Result.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new EmbeddingResult(
                request.Model, vectors, new TokenUsage(inputs.Sum(input => input.Length), CachedTokens: 0, null));
        }
        finally
        {
            host.Thread.Cancel(job);
        }
    }

    /// <inheritdoc/>
    public async Task<TokenizeResult> TokenizeAsync(
        TokenizeRequest request, CancellationToken cancellationToken = default)
    {
        (_, LoadedModel model) = await LoadedAsync(request.Model, cancellationToken).ConfigureAwait(false);
        return Named(() => new TokenizeResult(
            model.Prompts.Encode(request.Prompt, request.AddSpecialTokens, RequestLimits.MaxMessageBytes),
            model.Limits.ContextTokens));
    }

    /// <inheritdoc/>
    public async Task<string> DetokenizeAsync(
        DetokenizeRequest request, CancellationToken cancellationToken = default)
    {
        (_, LoadedModel model) = await LoadedAsync(request.Model, cancellationToken).ConfigureAwait(false);
        return Named(() => model.Vocabulary.Decode(request.TokenIds.Span, request.SkipSpecialTokens));
    }

    private void RefuseMissing(BackendFeatures required)
    {
        if ((required & ~Features) != 0)
        {
            string missing = RequiredFeatures.Missing(required, Features);
            throw Refusal.Unsupported(_id, missing, $"The engine {_id} does not offer: {missing}. Leave it out.");
        }
    }

    private async ValueTask<(ModelHost Host, LoadedModel Model)> LoadedAsync(
        string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ModelHost host = _models.FindOrStart(name);
        return (host, await LoadedAsync(host, cancellationToken).ConfigureAwait(false));
    }

    private async Task<LoadedModel> LoadedAsync(ModelHost host, CancellationToken cancellationToken)
    {
        try
        {
            return await host.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            throw NativeFailure.Named(_id, error);
        }
    }

    private GenerationJob Admit(InferenceRequest request, ModelHost host, LoadedModel model)
    {
        if (!model.Generates)
        {
            throw Refusal.Unsupported(
                _id, "model",
                    $"The model {request.Model} is an encoder, which gives embeddings alone. Choose another.");
        }

        AdapterEntry? adapter = request.Adapter is { } name ? host.Adapters.Use(name) : null;
        try
        {
            GenerationJob job = new(model.Planner.Plan(request, host.Source.Defaults, adapter), model.Vocabulary);
            host.Thread.Enqueue(job);
            return job;
        }
        catch
        {
            adapter?.Release();
            throw;
        }
    }

    private ReadOnlyMemory<int>[] EncodeInputs(EmbeddingRequest request, LoadedModel model)
    {
        if (!model.GivesEmbeddings)
        {
            throw Refusal.Unsupported(
                _id, "model", $"The model {request.Model} is a reranker, which gives scores. Choose another.");
        }

        if (request.Inputs.Count == 0)
        {
            throw Refusal.InvalidRequest("input", "There is nothing to embed. Give at least one input.");
        }

        ReadOnlyMemory<int>[] inputs = new ReadOnlyMemory<int>[request.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (request.Inputs[i] is ChatPrompt)
            {
                throw Refusal.InvalidRequest("input", "Chat messages cannot be embedded. Give a text or token ids.");
            }

            inputs[i] = model.Prompts.Encode(request.Inputs[i], null, model.Limits.ContextTokens);
            if (inputs[i].Length > model.Limits.ContextTokens)
            {
                throw new BridgeException(
                    BridgeFailure.ContextLengthExceeded, FailureStage.Admit,
                    $"Input {i} has {inputs[i].Length} tokens, and the model's context holds {model.Limits.ContextTokens}. "
                    + "Shorten it.")
                { Parameter = "input" };
            }
        }

        return inputs;
    }

    private static GenerationStart Start(InferenceRequest request, GenerationPlan plan) => new()
    {
        Model = request.Model,
        Seed = plan.Seed,
        PromptTokenIds = (request.Output & OutputParts.PromptTokenIds) != 0 ? plan.Prompt.ToArray() : default,
    };

    private void Named(Action use) => Named(() =>
    {
        use();
        return true;
    });

    // Gives failures this backend's name. The vocabulary is used on the caller's thread, so the model may be unloaded
    // under it.
    private T Named<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (BridgeException error)
        {
            throw NativeFailure.Named(_id, error);
        }
        catch (ObjectDisposedException error)
        {
            throw new BridgeException(
                BridgeFailure.AbortedByEngine, FailureStage.Admit,
                "The model was unloaded while the request began. Ask again.", error) { Backend = _id };
        }
    }

    private sealed record RunningJob(ModelHost Host, GenerationJob Job)
    {
        public void Cancel()
        {
            Host.Thread.Cancel(Job);
            Job.Fail(new OperationCanceledException());
        }
    }
}
