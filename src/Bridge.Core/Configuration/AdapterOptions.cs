namespace ThemisBridge.Core.Configuration;

/// <summary>A configured LoRA adapter; at least one of the two paths.</summary>
public sealed class AdapterOptions
{
    /// <summary>A PEFT folder, for vLLM.</summary>
    public string? PeftPath { get; set; }

    /// <summary>A GGUF file, for llama.cpp.</summary>
    public string? GgufPath { get; set; }

    /// <summary>How strongly it is applied; 1 is as trained.</summary>
    public float Scale { get; set; } = 1;

    /// <summary>The SHA-256 of its content in lower-case hex, or null.</summary>
    public string? Digest { get; set; }
}
