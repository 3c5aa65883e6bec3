namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>A value that can be called.</summary>
internal interface ICallable
{
    object? Call(CallArguments arguments, TemplateRun run);
}
