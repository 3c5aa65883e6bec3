using ThemisBridge.Tokenization.Chat.Jinja.Library;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>Evaluates expressions.</summary>
internal sealed class Evaluator(TemplateRun run)
{
    public object? Evaluate(Expression expression, Scope scope)
    {
        run.Budget.Step();
        switch (expression)
        {
            case Expression.Literal literal:
                return literal.Value;
            case Expression.Name name:
                return scope.Get(name.Id);
            case Expression.Attribute attribute:
                return Attributes.Get(Evaluate(attribute.Target, scope), attribute.Id, run.Budget);
            case Expression.Item item:
                return Attributes.Item(Evaluate(item.Target, scope), Evaluate(item.Key, scope), run.Budget);
            case Expression.Slice slice:
                return EvaluateSlice(slice, scope);
            case Expression.Call call:
                return Call(call, scope, caller: null);
            case Expression.Filter filter:
                return FilterTable.Apply(
                    filter.Id, Evaluate(filter.Target, scope), Arguments(filter.Id, filter.Arguments, scope), run);
            case Expression.Test test:
                return TestTable.Apply(
                    test.Id, Evaluate(test.Target, scope), Arguments(test.Id, test.Arguments, scope), run);
            case Expression.Unary unary:
                return Arithmetic.Unary(unary.Operator, Evaluate(unary.Operand, scope));
            case Expression.Binary binary:
                return EvaluateBinary(binary, scope);
            case Expression.Compare compare:
                return EvaluateCompare(compare, scope);
            case Expression.Conditional conditional:
                return EvaluateConditional(conditional, scope);
            case Expression.ListOf list:
                return EvaluateList(list, scope);
            default:
                return EvaluateDict((Expression.DictOf)expression, scope);
        }
    }

    public CallArguments Arguments(string callee, Expression.ArgumentList arguments, Scope scope) => new(
        callee,
        arguments.Positional.Count == 0 ? [] : [.. arguments.Positional.Select(value => Evaluate(value, scope))],
        arguments.Named.Count == 0
            ? []
            : [.. arguments.Named.Select(given => (given.Name, Evaluate(given.Value, scope)))]);

    /// <param name="call">The call.</param>
    /// <param name="scope">The names around it.</param>
    /// <param name="caller">The body of a call block, or null.</param>
    public object? Call(Expression.Call call, Scope scope, Macro? caller)
    {
        var target = Evaluate(call.Target, scope);
        var name = call.Target switch
        {
            Expression.Name id => id.Id,
            Expression.Attribute attribute => attribute.Id,
            _ => "this",
        };
        var arguments = Arguments(name, call.Arguments, scope);
        if (caller is not null)
        {
            arguments = arguments with { Named = [.. arguments.Named, ("caller", caller)] };
        }

        return target switch
        {
            ICallable callable => callable.Call(arguments, run),
            BoundMethod method => Methods.Call(method, arguments, run),
            Undefined undefined => throw undefined.Fault(),
            _ => throw TemplateFault.Run($"'{name}' is {TypeName.Of(target)} and cannot be called"),
        };
    }

    private object? EvaluateSlice(Expression.Slice slice, Scope scope)
    {
        var target = Evaluate(slice.Target, scope);
        return Sequences.Slice(target, Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step), run.Budget);

        long? Bound(Expression? bound) => bound is null ? null : Evaluate(bound, scope) switch
        {
            null => null,
            long whole => whole,
            bool flag => flag ? 1 : 0,
            Undefined undefined => throw undefined.Fault(),
            _ => throw TemplateFault.Run("a slice has a bound that is no whole number"),
        };
    }

    private object? EvaluateBinary(Expression.Binary binary, Scope scope)
    {
        var left = Evaluate(binary.Left, scope);
        switch (binary.Operator)
        {
            case "and":
                return Truth.Of(left) ? Evaluate(binary.Right, scope) : left;
            case "or":
                return Truth.Of(left) ? left : Evaluate(binary.Right, scope);
            case "~":
                var builder = new TracedTextBuilder();
                builder.Append(Printer.Text(left, run.Budget));
                builder.Append(Printer.Text(Evaluate(binary.Right, scope), run.Budget));
                return run.Budget.Made(builder.Build());
            default:
                return Arithmetic.Binary(binary.Operator, left, Evaluate(binary.Right, scope), run.Budget);
        }
    }

    private bool EvaluateCompare(Expression.Compare compare, Scope scope)
    {
        var left = Evaluate(compare.First, scope);
        foreach (var (operation, operand) in compare.Rest)
        {
            var right = Evaluate(operand, scope);
            var holds = operation switch
            {
                "==" => Comparison.AreEqual(left, right, run.Budget),
                "!=" => !Comparison.AreEqual(left, right, run.Budget),
                "<" => Comparison.Order(left, right, run.Budget) < 0,
                "<=" => Comparison.Order(left, right, run.Budget) <= 0,
                ">" => Comparison.Order(left, right, run.Budget) > 0,
                ">=" => Comparison.Order(left, right, run.Budget) >= 0,
                "in" => Sequences.Contains(right, left, run.Budget),
                _ => !Sequences.Contains(right, left, run.Budget),
            };
            if (!holds)
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private object? EvaluateConditional(Expression.Conditional conditional, Scope scope)
    {
        if (Truth.Of(Evaluate(conditional.Condition, scope)))
        {
            return Evaluate(conditional.Then, scope);
        }

        return conditional.Otherwise is { } otherwise
            ? Evaluate(otherwise, scope)
            : new Undefined("the other branch of an inline 'if'");
    }

    private JinjaList EvaluateList(Expression.ListOf list, Scope scope) =>
        new([.. list.Items.Select(item => Evaluate(item, scope))], list.IsTuple);

    private JinjaDict EvaluateDict(Expression.DictOf pairs, Scope scope)
    {
        var dict = new JinjaDict();
        foreach (var (key, value) in pairs.Pairs)
        {
            dict.Set(Evaluate(key, scope), Evaluate(value, scope), run.Budget);
        }

        return dict;
    }
}
