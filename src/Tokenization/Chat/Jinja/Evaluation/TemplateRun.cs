using ThemisBridge.Tokenization.Chat.Jinja.Library;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>One rendering of a template: executes its statements.</summary>
internal sealed class TemplateRun
{
    private readonly Evaluator _evaluator;
    private int _calls;

    public TemplateRun(TimeProvider clock)
    {
        Clock = clock;
        _evaluator = new Evaluator(this);
    }

    public RenderBudget Budget { get; } = new();

    public TimeProvider Clock { get; }

    /// <param name="body">The template.</param>
    /// <param name="variables">What it is given.</param>
    public TracedText Render(IReadOnlyList<Statement> body, IEnumerable<KeyValuePair<string, object?>> variables)
    {
        var globals = new Scope(null);
        foreach (var (name, function) in Functions.All)
        {
            globals.Set(name, function);
        }

        foreach (var (name, value) in variables)
        {
            globals.Set(name, value);
        }

        var output = new TracedTextBuilder();
        Execute(body, new Scope(globals), output);
        return output.Build();
    }

    public object? Evaluate(Expression expression, Scope scope) => _evaluator.Evaluate(expression, scope);

    /// <summary>What statements write, as text.</summary>
    public TracedText Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        if (++_calls > JinjaLimits.CallDepth)
        {
            throw TemplateFault.Limit($"calls nested deeper than {JinjaLimits.CallDepth}");
        }

        var output = new TracedTextBuilder();
        Execute(body, scope, output);
        _calls--;
        return Budget.Made(output.Build());
    }

    private Flow Execute(IReadOnlyList<Statement> body, Scope scope, TracedTextBuilder output)
    {
        foreach (var statement in body)
        {
            Budget.Step();
            var flow = Execute(statement, scope, output);
            if (flow != Flow.Done)
            {
                return flow;
            }
        }

        return Flow.Done;
    }

    private Flow Execute(Statement statement, Scope scope, TracedTextBuilder output)
    {
        switch (statement)
        {
            case Statement.Data data:
                Write(output, data.Text);
                return Flow.Done;
            case Statement.Output value:
                Write(output, Printer.Text(Evaluate(value.Value, scope), Budget));
                return Flow.Done;
            case Statement.If choice:
                return ExecuteIf(choice, scope, output);
            case Statement.For loop:
                return ExecuteFor(loop, scope, output);
            case Statement.Set set:
                Assign(set.Target, Evaluate(set.Value, scope), scope);
                return Flow.Done;
            case Statement.SetBlock set:
                Assign(set.Target, Filtered(set.Filters, set.Body, scope), scope);
                return Flow.Done;
            case Statement.FilterBlock filter:
                Write(output, Printer.Text(Filtered(filter.Filters, filter.Body, scope), Budget));
                return Flow.Done;
            case Statement.With with:
                return ExecuteWith(with, scope, output);
            case Statement.Macro macro:
                scope.Set(macro.Name, new Macro(macro, scope));
                return Flow.Done;
            case Statement.CallBlock call:
                Write(output, Printer.Text(
                    _evaluator.Call(call.Call, scope, new Macro(call.Caller, scope)), Budget));
                return Flow.Done;
            case Statement.Block block:
                return Execute(block.Body, new Scope(scope), output);
            case Statement.Break:
                return Flow.Break;
            default:
                return Flow.Continue;
        }
    }

    private void Write(TracedTextBuilder output, TracedText text)
    {
        Budget.Characters(text.Length);
        output.Append(text);
        if (output.Length > JinjaLimits.OutputLength)
        {
            throw TemplateFault.Limit($"an output longer than {JinjaLimits.OutputLength} characters");
        }
    }

    private Flow ExecuteIf(Statement.If choice, Scope scope, TracedTextBuilder output)
    {
        foreach (var (test, body) in choice.Branches)
        {
            if (Truth.Of(Evaluate(test, scope)))
            {
                return Execute(body, scope, output);
            }
        }

        return Execute(choice.Otherwise, scope, output);
    }

    private Flow ExecuteFor(Statement.For loop, Scope scope, TracedTextBuilder output)
    {
        var items = Sequences.Iterate(Evaluate(loop.Items, scope), Budget);
        if (loop.Condition is { } condition)
        {
            items = [.. items.Where(item => Matches(item, loop.Target, condition, scope))];
        }

        if (items.Count == 0)
        {
            return Execute(loop.Otherwise, scope, output);
        }

        var state = new LoopState(items);
        for (var i = 0; i < items.Count; i++)
        {
            state.Index = i;
            var inner = new Scope(scope);
            inner.Set("loop", state);
            Assign(loop.Target, items[i], inner);
            Budget.Step();
            if (Execute(loop.Body, inner, output) == Flow.Break)
            {
                break;
            }
        }

        return Flow.Done;
    }

    private bool Matches(object? item, Target target, Expression condition, Scope scope)
    {
        var inner = new Scope(scope);
        Assign(target, item, inner);
        return Truth.Of(Evaluate(condition, inner));
    }

    private Flow ExecuteWith(Statement.With with, Scope scope, TracedTextBuilder output)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in with.Values)
        {
            Assign(target, Evaluate(value, scope), inner);
        }

        return Execute(with.Body, inner, output);
    }

    private object? Filtered(IReadOnlyList<Statement.FilterUse> filters, IReadOnlyList<Statement> body, Scope scope)
    {
        object? value = Capture(body, new Scope(scope));
        foreach (var filter in filters)
        {
            value = FilterTable.Apply(filter.Id, value, _evaluator.Arguments(filter.Id, filter.Arguments, scope), this);
        }

        return value;
    }

    private void Assign(Target target, object? value, Scope scope)
    {
        switch (target)
        {
            case Target.Name name:
                scope.Set(name.Id, value);
                break;
            case Target.NamespaceAttribute attribute:
                if (scope.Get(attribute.Id) is not JinjaNamespace @namespace)
                {
                    throw TemplateFault.Run(
                        $"'{attribute.Id}' is no namespace, so '{attribute.Attribute}' cannot be set");
                }

                @namespace.Attributes[attribute.Attribute] = value;
                break;
            case Target.Tuple tuple:
                var items = Sequences.Iterate(value, Budget);
                if (items.Count != tuple.Items.Count)
                {
                    throw TemplateFault.Run($"{items.Count} values are assigned to {tuple.Items.Count} names");
                }

                for (var i = 0; i < items.Count; i++)
                {
                    Assign(tuple.Items[i], items[i], scope);
                }

                break;
        }
    }
}
