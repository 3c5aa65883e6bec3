namespace ThemisBridge.Core.Contracts;

/// <summary>Conveniences over <see cref="IInferenceBackend"/>.</summary>
public static class InferenceBackendExtensions
{
    /// <summary>Generates and waits for the whole answer.</summary>
    /// <param name="backend">Who is asked.</param>
    /// <param name="request">What to generate; <see cref="InferenceRequest.Stream"/> is sent as false.</param>
    /// <param name="cancellationToken">Ends the request in the engine.</param>
    public static async Task<InferenceResult> CompleteAsync(
        this IInferenceBackend backend, InferenceRequest request, CancellationToken cancellationToken = default)
    {
        var answer = new AnswerBuilder();
        await foreach (InferenceChunk chunk in backend
            .GenerateAsync(request.Stream ? request with { Stream = false } : request, cancellationToken)
            .ConfigureAwait(false))
        {
            answer.Add(chunk);
        }

        return answer.Build(backend.Descriptor.Id);
    }
}
