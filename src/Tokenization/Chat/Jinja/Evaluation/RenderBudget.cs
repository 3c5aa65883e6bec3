using System.Runtime.CompilerServices;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>What is left of the time and memory that one rendering may take.</summary>
internal sealed class RenderBudget
{
    private int _steps = JinjaLimits.Steps;
    private long _characters = JinjaLimits.TextLength;

    /// <summary>Counts steps, and looks whether the stack has room for more of them.</summary>
    public void Step(int count = 1)
    {
        _steps -= count;
        if (_steps < 0)
        {
            throw TemplateFault.Limit($"more than {JinjaLimits.Steps} steps");
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TemplateFault.Limit("calls nested too deep");
        }
    }

    /// <summary>Counts characters that a new string has, or is about to have.</summary>
    public void Characters(long count)
    {
        _characters -= count;
        if (_characters < 0)
        {
            throw TemplateFault.Limit($"more than {JinjaLimits.TextLength} characters in all its strings");
        }
    }

    /// <summary>Counts a new string.</summary>
    public TracedText Made(TracedText text)
    {
        Characters(text.Length);
        return text;
    }
}
