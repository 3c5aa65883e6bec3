using System.Runtime.CompilerServices;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

/// <summary>What is left of the time and memory that one rendering may take.</summary>
internal sealed class RenderBudget
{
    private long _steps = JinjaLimits.Steps;
    private long _characters = JinjaLimits.TextLength;

    /// <summary>Counts steps, and looks whether the stack has room for more of them.</summary>
    public void Step(long count = 1)
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

    /// <summary>Counts a pass over so many characters that looks at many of them at once.</summary>
    public void Scan(long length) => Step(1 + (length / 64));

    /// <summary>Counts a pass over so many characters that does something for each.</summary>
    public void Walk(long length) => Step(1 + (length / 16));

    /// <summary>Counts a search: a long needle may be compared with the text anew at every place.</summary>
    public void Search(long length, long needle) => Step(1 + (length / 64 * (1 + (needle / 256))));

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
