using ThemisBridge.Core.Failures;

namespace ThemisBridge.Tokenization.Chat.Jinja;

/// <summary>Makes the exceptions for templates. None of them carries a word of the conversation.</summary>
internal static class TemplateFault
{
    /// <summary>The template itself is broken, or uses something that is not supported.</summary>
    public static BridgeException Syntax(int line, string what) => new(
        BridgeFailure.InvalidModelFile, FailureStage.Admit, $"The model's chat template, line {line}: {what}.");

    /// <summary>The template fails on this conversation.</summary>
    public static BridgeException Run(string what) => new(
        BridgeFailure.InvalidRequest, FailureStage.Admit,
        $"The model's chat template cannot render this conversation: {what}.")
    { Parameter = "messages" };

    /// <summary>The template asks for more than any template may.</summary>
    public static BridgeException Limit(string what) => new(
        BridgeFailure.LimitExceeded, FailureStage.Admit,
        $"The model's chat template takes more than it may: {what}. Shorten the conversation or repair the template.")
    { Parameter = "messages" };
}
