using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Telemetry;

namespace ThemisBridge.Core.Chat;

/// <summary>
/// The bridge as Microsoft.Extensions.AI's <see cref="IChatClient"/>. Options that have no place in
/// <see cref="ChatOptions"/> are passed in its <c>AdditionalProperties</c> under the names in
/// <see cref="AdditionalOptions"/>; any other name there, and any option that the bridge cannot honour, is refused with
/// a
/// <see cref="Failures.BridgeException"/>. Safe for use from many threads. Does not own the backend.
/// </summary>
public sealed class BridgeChatClient : IChatClient
{
    private readonly IInferenceBackend _backend;
    private readonly TimeProvider _time;
    private readonly ChatClientMetadata _metadata;

    /// <summary>Creates a client.</summary>
    /// <param name="backend">Who answers; usually the <see cref="IThemisBridge"/>.</param>
    /// <param name="defaultModel">The model of callers that name none, or null to refuse them.</param>
    /// <param name="time">The clock of <c>CreatedAt</c>; null for the system's.</param>
    public BridgeChatClient(IInferenceBackend backend, string? defaultModel, TimeProvider? time = null)
    {
        _backend = backend;
        _time = time ?? TimeProvider.System;
        _metadata = new ChatClientMetadata(TelemetryNames.Provider, providerUri: null, defaultModel);
    }

    /// <inheritdoc />
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        InferenceRequest request = ChatRequestMapper.Map(messages, options, _metadata.DefaultModelId);
        InferenceResult result = await _backend.CompleteAsync(request, cancellationToken).ConfigureAwait(false);
        return ChatAnswerMapper.Response(result, _time.GetUtcNow());
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        InferenceRequest request = ChatRequestMapper.Map(messages, options, _metadata.DefaultModelId);
        var updates = new ChatUpdateStream(_time.GetUtcNow());
        await foreach (InferenceChunk chunk in _backend.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return updates.Next(chunk);
        }
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
        {
            return null;
        }

        return serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_backend) ? _backend
            : null;
    }

    /// <summary>Does nothing: the client owns nothing.</summary>
    public void Dispose()
    {
    }
}
