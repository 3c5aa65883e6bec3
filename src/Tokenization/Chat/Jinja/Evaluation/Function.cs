namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>A function that every template has.</summary>
internal sealed class Function(Func<CallArguments, TemplateRun, object?> body) : ICallable
{
    public object? Call(CallArguments arguments, TemplateRun run) => body(arguments, run);
}
