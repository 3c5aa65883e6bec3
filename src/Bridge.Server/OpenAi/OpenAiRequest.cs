using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Server.OpenAi;

/// <summary>A parsed generation, and how its answer is to be written.</summary>
/// <param name="Inference">What the bridge is asked.</param>
/// <param name="IsChat">Whether it came as chat.</param>
/// <param name="IncludeUsage">Whether a stream ends with a usage event.</param>
internal sealed record OpenAiRequest(InferenceRequest Inference, bool IsChat, bool IncludeUsage)
{
    /// <summary>Whether the answer carries token ids.</summary>
    public bool ReturnTokenIds => (Inference.Output & OutputParts.TokenIds) != 0;
}
