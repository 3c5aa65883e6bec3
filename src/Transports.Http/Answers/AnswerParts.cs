namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Which parts of an answer are turned into objects; the others are skipped over.</summary>
[Flags]
internal enum AnswerParts
{
    None = 0,
    Text = 1,
    TokenIds = 2,
    PromptTokenIds = 4,
    Logprobs = 8,
}
