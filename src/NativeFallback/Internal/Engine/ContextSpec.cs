namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>What a context is to be made like.</summary>
/// <param name="ContextTokens">Tokens of one sequence.</param>
/// <param name="Sequences">How many sequences it holds.</param>
/// <param name="BatchTokens">The most tokens of one decode.</param>
/// <param name="Threads">Threads of one decode.</param>
/// <param name="Embeddings">Whether it gives embeddings instead of logits.</param>
/// <param name="MeanPooling">Whether embeddings are the mean over the tokens; otherwise as the model says.</param>
internal sealed record ContextSpec(
    int ContextTokens, int Sequences, int BatchTokens, int Threads, bool Embeddings = false, bool MeanPooling = false);
