namespace ThemisBridge.Core.Contracts;

/// <summary>
/// The abilities of a backend, one bit each. <see cref="RequiredFeatures"/> computes what a request needs; a backend is
/// eligible when it has them all.
/// </summary>
[Flags]
public enum BackendFeatures : long
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Generates.</summary>
    Generate = 1L << 0,

    /// <summary>Takes a prompt as text.</summary>
    TextPrompt = 1L << 1,

    /// <summary>Takes a prompt as token ids.</summary>
    TokenPrompt = 1L << 2,

    /// <summary>Takes chat messages and renders them with the model's template.</summary>
    RendersChat = 1L << 3,

    /// <summary>Gives text.</summary>
    TextOutput = 1L << 4,

    /// <summary>Gives the generated token ids.</summary>
    TokenIdOutput = 1L << 5,

    /// <summary>Gives the prompt's token ids.</summary>
    PromptTokenIdOutput = 1L << 6,

    /// <summary>Knows the model's generation defaults: options left out are sent as left out.</summary>
    AppliesModelDefaults = 1L << 7,

    /// <summary>Stop token ids.</summary>
    StopTokenIds = 1L << 8,

    /// <summary>Ignoring the end token.</summary>
    IgnoreEos = 1L << 9,

    /// <summary>A least number of tokens.</summary>
    MinTokens = 1L << 10,

    /// <summary>Top-k sampling.</summary>
    TopK = 1L << 11,

    /// <summary>Min-p sampling.</summary>
    MinP = 1L << 12,

    /// <summary>A random seed.</summary>
    Seed = 1L << 13,

    /// <summary>Frequency and presence penalties.</summary>
    Penalties = 1L << 14,

    /// <summary>The repetition penalty.</summary>
    RepetitionPenalty = 1L << 15,

    /// <summary>Logit bias.</summary>
    LogitBias = 1L << 16,

    /// <summary>Probabilities of tokens.</summary>
    Logprobs = 1L << 17,

    /// <summary>Keeping the stop string in the text.</summary>
    IncludeStopInOutput = 1L << 18,

    /// <summary>Keeping special tokens in the text.</summary>
    KeepSpecialTokens = 1L << 19,

    /// <summary>Output that follows a JSON schema.</summary>
    JsonSchema = 1L << 20,

    /// <summary>Output that is a JSON object.</summary>
    JsonObject = 1L << 21,

    /// <summary>Output that matches a regular expression.</summary>
    Regex = 1L << 22,

    /// <summary>Output that is one of several texts.</summary>
    Choice = 1L << 23,

    /// <summary>Output of a grammar.</summary>
    Grammar = 1L << 24,

    /// <summary>Function calls.</summary>
    Tools = 1L << 25,

    /// <summary>LoRA adapters.</summary>
    Adapters = 1L << 26,

    /// <summary>Priorities.</summary>
    Priority = 1L << 27,

    /// <summary>Bypassing the prefix cache.</summary>
    CacheBypass = 1L << 28,

    /// <summary>Separate prefix caches per tenant.</summary>
    TenantIsolation = 1L << 29,

    /// <summary>Continuing the last message of a chat.</summary>
    ContinueFinalMessage = 1L << 30,

    /// <summary>Embeddings.</summary>
    Embed = 1L << 31,

    /// <summary>Embeddings of a chosen length.</summary>
    EmbeddingDimensions = 1L << 32,

    /// <summary>Tokenizing and detokenizing.</summary>
    Tokenize = 1L << 33,
}
