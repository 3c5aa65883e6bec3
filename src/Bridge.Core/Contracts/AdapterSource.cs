namespace ThemisBridge.Core.Contracts;

/// <summary>A LoRA adapter, in one or both of the forms that engines need.</summary>
public sealed record AdapterSource
{
    /// <summary>The model it belongs to.</summary>
    public required string Model { get; init; }

    /// <summary>The name that requests ask for.</summary>
    public required string Name { get; init; }

    /// <summary>A PEFT folder, for vLLM; or null.</summary>
    public string? PeftPath { get; init; }

    /// <summary>A GGUF file, for llama.cpp; or null.</summary>
    public string? GgufPath { get; init; }

    /// <summary>How strongly it is applied; 1 is as trained.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>The SHA-256 of its content in lower-case hex, or null when it is not known.</summary>
    public string? Digest { get; init; }
}
