using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Chat.Jinja.Values;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>A macro of the template together with the names it was written among.</summary>
internal sealed class Macro(Statement.Macro definition, Scope around) : ICallable
{
    public object? Call(CallArguments arguments, TemplateRun run)
    {
        var caller = arguments.Named.FirstOrDefault(given => given.Name == "caller").Value;
        if (caller is Macro)
        {
            arguments = arguments with { Named = [.. arguments.Named.Where(given => given.Name != "caller")] };
        }

        arguments.Accept([.. definition.Parameters.Select(parameter => parameter.Name)]);
        var scope = new Scope(around);
        scope.Set("caller", caller ?? new Undefined("caller"));
        for (var i = 0; i < definition.Parameters.Count; i++)
        {
            var (name, otherwise) = definition.Parameters[i];
            scope.Set(name, arguments.Has(i, name) ? arguments.Get(i, name)
                : otherwise is null ? new Undefined(name) : run.Evaluate(otherwise, scope));
        }

        return run.Capture(definition.Body, scope);
    }
}
