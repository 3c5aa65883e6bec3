namespace ThemisBridge.Wire.Layout;

/// <summary>Which numbers of a REQUEST are given: its field <c>given</c>.</summary>
[Flags]
public enum GivenFields : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>max_tokens.</summary>
    MaxTokens = 1 << 0,

    /// <summary>min_tokens.</summary>
    MinTokens = 1 << 1,

    /// <summary>top_k.</summary>
    TopK = 1 << 2,

    /// <summary>seed.</summary>
    Seed = 1 << 3,

    /// <summary>logprobs.</summary>
    Logprobs = 1 << 4,

    /// <summary>dimensions.</summary>
    Dimensions = 1 << 5,

    /// <summary>temperature.</summary>
    Temperature = 1 << 6,

    /// <summary>top_p.</summary>
    TopP = 1 << 7,

    /// <summary>min_p.</summary>
    MinP = 1 << 8,

    /// <summary>frequency_penalty.</summary>
    FrequencyPenalty = 1 << 9,

    /// <summary>presence_penalty.</summary>
    PresencePenalty = 1 << 10,

    /// <summary>repetition_penalty.</summary>
    RepetitionPenalty = 1 << 11,
}
